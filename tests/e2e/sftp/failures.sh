#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What cannot be reached: one clear line each, the right errno, at once.
# timeout: 180
. "$E2E/lib.sh"
mkdir -p "$WORK/www"
echo hello >"$WORK/www/f"
ssh_key id_ed25519 ed25519
ssh_key wrong ed25519
start_sshd
FILE=$WORK/www/f

# fails ERRNO REGEX PATH: vfsrun's one line fits.
fails() {
  expect_equal "$1" "$(errno_of_open "$3")" "errno of $3"
  expect_equal 1 "$(wc -l <said)" "lines for $3 ($(cat said))"
  expect_match "$2" "$(cat said)"
  note "$(cat said)"
}

for transport in libssh2 ssh auto; do
  note "transport $transport"
  sftp_mount $transport
  # The host key: not known, another one, of the right name.
  mv "$SSH_KNOWN_HOSTS" kept
  : >"$SSH_KNOWN_HOSTS"
  fails EACCES "host key is not known here.*: ssh -F $SSH_CONFIG -p $SSHD_PORT 127.0.0.1 exit" \
    "$SFTP_TOP$FILE"
  [ -e "$SSH_FOLDER/other.pub" ] ||
    ssh-keygen -q -t ed25519 -N '' -f "$SSH_FOLDER/other"
  sed "s/^/[127.0.0.1]:$SSHD_PORT /" "$SSH_FOLDER/other.pub" >"$SSH_KNOWN_HOSTS"
  fails EACCES 'HOST KEY HAS CHANGED.*known_hosts:1' "$SFTP_TOP$FILE"
  { printf '@revoked * '; cat "$SSH_FOLDER/host_ed25519.pub"; cat kept; } >"$SSH_KNOWN_HOSTS"
  expect_equal EACCES "$(errno_of_open "$SFTP_TOP$FILE")" 'a revoked key'
  # Known by a hashed name alone, as Debian's ssh writes them.
  mv kept "$SSH_KNOWN_HOSTS"
  cp "$SSH_KNOWN_HOSTS" plain
  ssh-keygen -q -H -f "$SSH_KNOWN_HOSTS" >/dev/null 2>&1
  grep -q '^|1|' "$SSH_KNOWN_HOSTS"
  expect_equal ok "$(errno_of_open "$SFTP_TOP$FILE")" 'a hashed name'
  mv plain "$SSH_KNOWN_HOSTS"
  # Keys that are refused, or not there.
  SSH_IDENTITY='' write_ssh_config ""
  sftp_mount $transport "identity = \"$SSH_FOLDER/wrong\""
  fails EACCES 'refuses to let in|Permission denied' "$SFTP_TOP$FILE"
  sftp_mount $transport "identity = \"$SSH_FOLDER/missing\""
  fails EACCES 'refuses to let in.*missing|Permission denied' "$SFTP_TOP$FILE"
  write_ssh_config ""
  sftp_mount $transport
  # No server, no such host.
  fails ECONNREFUSED 'refused' "/sftp/127.0.0.1:$(free_port)/f"
  fails EHOSTUNREACH 'not found|resolve' "/sftp/no-such-host.invalid/f"
done

# What can be no host is no option of ssh's, and asked of nobody.
touch "$WORK/marker"
for name in '-oProxyCommand=touch x' '-oProxyCommand=x' $'a\nb' 'u@@h' '[-x]' \
            '-lroot@127.0.0.1' '127.0.0.1:99999' '$(touch x)' 'a`b`' 'a;b'; do
  fails ENOENT 'cannot be a host' "/sftp/$name/f"
done
expect_status 1 test -e x
expect_equal ENOENT "$(errno_of_open /sftp/.git/f)"
[ ! -s said ] || fail "a word about .git: $(cat said)"

# Names of files may hold anything.
odd=$WORK/www/$'new\nline \e[1m "quoted" \\ \xff'
echo odd >"$odd"
expect_equal odd "$(quietly vfsrun cat "$SFTP_TOP$odd")"
expect_clean
