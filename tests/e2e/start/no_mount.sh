#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A program that works on local files never causes a mount: no gateway is even
# started. Seen by a gateway that notes its starts, and in --stats.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
mkdir -p inst/bin inst/share
cp "$VFSRUN" inst/bin/vfsrun
cp -r "$PREFIX/share/vfsrun" inst/share/
cat >inst/bin/vfsrun-gateway <<SCRIPT
#!/bin/sh
echo started >>$WORK/starts
exec $GATEWAY "\$@"
SCRIPT
chmod +x inst/bin/vfsrun-gateway
VFSRUN=$WORK/inst/bin/vfsrun
: >starts

quietly vfsrun true
mkdir project
printf 'all: a.o b.o\n\tcat a.o b.o >all\n%%.o: %%.c\n\tcp $< $@\n' >project/Makefile
echo a >project/a.c
echo b >project/b.c
quietly vfsrun make -s -C project -j2
expect_equal 'a b' "$(xargs <project/all)"
quietly vfsrun sh -c 'ls -R /usr/share/doc/g* /usr/include/linux | wc -l; cd /; pwd
  cat etc/hostname' >/dev/null
quietly vfsrun "$PYTHON" -c 'import json, os, subprocess
subprocess.run(["true"]); os.listdir("/"); os.path.realpath("/usr/bin/../lib")'
[ ! -s starts ] || fail 'a gateway was started for local work'
expect_clean

vfsrun --stats make -s -B -C project 2>stats
expect_equal 0 "$(stat_of stats 'gateway starts')" 'gateway starts'
expect_equal 0 "$(stat_of stats 'calls rewritten')" 'calls rewritten'
[ "$(stat_of stats 'stops, path calls')" -gt 0 ] || fail 'no stops counted'

# And the same eyes see one when there is one.
vfsrun --stats cat "/http/$NGINX_HOST/hello.txt" 2>stats >/dev/null
expect_equal 1 "$(wc -l <starts)" 'starts of the gateway'
expect_equal 1 "$(stat_of stats 'gateway starts')" 'gateway starts'
expect_equal 1 "$(stat_of stats requests)" requests
expect_clean
