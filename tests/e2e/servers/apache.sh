# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# Apache with a configuration, folder and port of the test's own.

# start_apache [LINES FOR <Directory>] ; sets APACHE_HOST and APACHE_ROOT.
start_apache() {
  command -v apache2 >/dev/null || skip 'apache2 is not installed'
  local folder=$WORK/apache root=$WORK/apache-www port user='' try
  local modules=/usr/lib/apache2/modules
  mkdir -p "$folder" "$root"
  # Apache refuses to serve as root.
  [ "$(id -u)" -ne 0 ] || user=$'User nobody\nGroup nogroup'
  for try in 1 2 3 4 5; do
    port=$(free_port)
    cat >"$folder/apache.conf" <<CONF
ServerRoot $folder
ServerName localhost
PidFile $folder/pid
Listen 127.0.0.1:$port
$user
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule autoindex_module $modules/mod_autoindex.so
LoadModule dir_module $modules/mod_dir.so
LoadModule mime_module $modules/mod_mime.so
ErrorLog $folder/error.log
LogFormat "%m %U%q %>s" e2e
CustomLog $folder/access.log e2e
TypesConfig /dev/null
DocumentRoot $root
<Directory $root>
  Options +Indexes +FollowSymLinks
  Require all granted
  ${1-}
</Directory>
CONF
    spawn_server apache2 -X -d "$folder" -f "$folder/apache.conf"
    if wait_for_port "$port" "$LAST_SERVER"; then
      APACHE_HOST=127.0.0.1:$port
      APACHE_ROOT=$root
      return 0
    fi
    stop_server "$LAST_SERVER"
  done
  fail "apache2 does not start: $(tail -n 3 "$folder/error.log")"
}
