#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Directories are what nginx, Apache, lighttpd, Caddy and Python's http.server
# make of them, in each form that they have.
# timeout: 120
. "$E2E/lib.sh"
make_tree "$WORK/www"
mkdir "$WORK/www/none-inside"
long=$(printf 'long%.0s' $(seq 40)).txt
echo long >"$WORK/www/dir/$long"
touch -d '2021-03-04 05:06:00 UTC' "$WORK/www/hello.txt"
start_nginx 'autoindex on;'
start_apache
apache=$LAST_SERVER
cp -rp "$WORK/www/." "$APACHE_ROOT"
start_python_server "$WORK/www"
start_lighttpd "$WORK/www"
start_caddy "$WORK/www"
[ "$AS" = user ] || chmod -R a+rX "$APACHE_ROOT"

compare() { # WHAT HOST
  local V=/http/$2 got
  note "$1"
  (cd "$WORK/www" && find . | sort) >want
  quietly vfsrun sh -c "cd $V && find . | sort" >got
  diff want got
  (cd "$WORK/www" && find . -type d | sort) >want
  quietly vfsrun find "$V" -type d | sed "s|^$V|.|" | sort >got
  diff want got
  # ls asks for all attributes: sizes are exact, whatever the page shows.
  (cd "$WORK/www" && stat -c '%n %s' hello.txt empty large.bin dir/*.*) >want
  quietly vfsrun sh -c "cd $V && ls -l dir . >/dev/null &&
    stat -c '%n %s' hello.txt empty large.bin dir/*.*" >got
  diff want got
  expect_equal 1614834360 "$(quietly vfsrun stat -c %Y "$V/hello.txt")" mtime
  expect_equal '' "$(quietly vfsrun ls -A "$V/none-inside")"
  quietly vfsrun sh -c "[ -d $V ] && [ -d $V/ ] && [ -d $V/dir ] &&
    [ -d $V/dir/. ] && [ -d $V/dir/sub/.. ] && [ ! -f $V/dir ] &&
    [ -f $V/hello.txt ] && [ ! -d $V/hello.txt ] && [ ! -e $V/nothing ]"
  expect_equal EISDIR "$(errno_of_open "$V/dir")" 'read(2) of a directory'
  expect_equal ENOTDIR "$(errno_of_open "$V/hello.txt/")"
  quietly vfsrun cp -r "$V/dir" "copy-$1"
  diff -r "$WORK/www/dir" "copy-$1"
  expect_clean
}
compare nginx "$NGINX_HOST"
compare apache "$APACHE_HOST"
compare python "$PYTHON_HOST"
compare lighttpd "$LIGHTTPD_HOST"
compare caddy "$CADDY_HOST"
for form in json xml; do
  start_nginx_at "$WORK/nginx-$form" "$WORK/www" \
    "autoindex on; autoindex_format $form;" ''
  compare "nginx-$form" "$NGINX_HOST"
done
for options in 'IndexOptions FancyIndexing' \
  'IndexOptions FancyIndexing HTMLTable'; do
  stop_server "$apache"
  start_apache "$options"
  apache=$LAST_SERVER
  compare "${options// /-}" "$APACHE_HOST"
done

# A page that is no index gives no names.
mkdir "$WORK/www/page"
echo '<html><body>Please <a href="/login">log in</a></body></html>' \
  >"$WORK/www/page/index.html"
got=$(vfsrun ls "/http/$NGINX_HOST/page" 2>/dev/null) || true
expect_equal '' "$got" 'names out of a login page'
