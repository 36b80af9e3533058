#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# java through /usr/bin/java, which is a chain of links: a class and a jar of the
# tree, and keytool on a file there.
# timeout: 180
. "$E2E/programs/common"
need java keytool
more() { "$PYTHON" "$E2E/programs/make_class.py" "$1/lib"; }
start_tree
[ -L /usr/bin/java ] || note '/usr/bin/java is no link here'
alike 'java' 'java -version && java -cp "$T/lib" Hello one && java -jar "$T/lib/hello.jar" two &&
  ! java -cp "$T/gone" Hello'
alike 'java by a link into the tree' 'ln -s /usr/bin/java run && ln -s "$T/lib" classes &&
  ./run -cp classes Hello three && java -jar classes/hello.jar four'
alike keytool 'cp "$T/lib/keys.p12" keys && keytool -list -storepass secret -keystore keys &&
  keytool -list -storepass secret -keystore "$T/lib/keys.p12" | grep -c one'
expect_clean
