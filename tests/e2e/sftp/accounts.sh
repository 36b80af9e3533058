#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An account of its own: login by password, a server that locks it into a
# folder, what it may not write, and a store that is full.
# as: root
# timeout: 120
. "$E2E/lib.sh"
ACCOUNT=vfsrun-e2e-$$
PASSWORD='open; "sesame" $x'
# sshd wants one where nobody but root can write in any folder above: not /tmp.
JAIL=$(mktemp -d /run/vfsrun-e2e.XXXXXX)
# Whatever becomes of this test, the account and the folder go with it.
# shellcheck disable=SC2016
env -i PATH="$PATH" setsid sh -c '
  while kill -0 "$1"; do sleep 0.2; done
  userdel -f "$2"
  rm -rf "$3"
' keeper $$ "$ACCOUNT" "$JAIL" >/dev/null 2>&1 </dev/null &
useradd -M -N -s /bin/sh -d "$WORK/www" "$ACCOUNT"
printf '%s:%s\n' "$ACCOUNT" "$PASSWORD" | chpasswd
echo hello >"$WORK/www/f"

ssh_key id_ed25519 ed25519
chmod 644 "$SSH_FOLDER/authorized_keys" # sshd reads it as the account
start_sshd_at by_password 'PasswordAuthentication yes' 'PubkeyAuthentication no'
know_host "$SSHD_PORT"
write_ssh_config ""
PORT=$SSHD_PORT
V=/sftp/$ACCOUNT@127.0.0.1:$PORT$WORK

# box TRANSPORT LINE...: /box, a mount of this one server.
box() {
  sftp_mount "$@"
  sed -e 's|^path = .*|path = "/box"|' \
    -e "s|^url = .*|url = \"sftp://$ACCOUNT@127.0.0.1:$PORT/\"|" \
    "$XDG_CONFIG_HOME/vfsrun/mounts.d/50-sftp.toml" \
    >"$XDG_CONFIG_HOME/vfsrun/mounts.d/60-box.toml"
  sftp_mount "$1"
}

cat >tell <<'TELL'
#!/bin/sh
[ "$VFSRUN_HOST $VFSRUN_USER" = "127.0.0.1 $1" ] || exit 1
cat "$2"
TELL
chmod 755 tell
printf '%s\n' "$PASSWORD" >word
echo wrong >wrong_word
export BOX_PASSWORD=$PASSWORD
for transport in libssh2 ssh auto; do
  note "passwords by $transport"
  sftp_mount $transport \
    "password_command = [\"$WORK/tell\", \"$ACCOUNT\", \"$WORK/word\"]"
  vfsrun -v --log vfsrun.txt cat "$V/www/f" >got
  expect_same_bytes "$WORK/www/f" got
  if grep -qF "$PASSWORD" vfsrun.txt; then fail 'the password is in the log'; fi
  sftp_mount $transport \
    "password_command = [\"$WORK/tell\", \"$ACCOUNT\", \"$WORK/wrong_word\"]"
  expect_equal EACCES "$(errno_of_open "$V/www/f")"
  expect_equal 1 "$(wc -l <said)" "lines ($(cat said))"
  if grep -q wrong said; then fail 'the password is told'; fi
  box $transport 'password_env = "BOX_PASSWORD"'
  quietly vfsrun cat "/box$WORK/www/f" >got
  expect_same_bytes "$WORK/www/f" got
  rm "$XDG_CONFIG_HOME/vfsrun/mounts.d/60-box.toml"
done

# What went wrong with writing $1 MiB to $2: the errno of each call.
cat >write.py <<'PYTHON'
import errno, os, sys
said = []
def tell(name, call):
    try:
        return call()
    except OSError as e:
        said.append(name + " " + errno.errorcode[e.errno])
fd = tell("open", lambda: os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT, 0o644))
if fd is not None:
    for at in range(int(sys.argv[1])):
        tell("write", lambda: os.pwrite(fd, bytes(1 << 20), at << 20))
    tell("fsync", lambda: os.fsync(fd))
    tell("close", lambda: os.close(fd))
print(" ".join(said) or "ok")
PYTHON
writes() { vfsrun "$PYTHON" write.py "$@" 2>said; }
# refused PATH WHAT: by the server, when the file is opened; without a word.
refused() {
  expect_equal 'open EACCES' "$(writes 1 "$1")" "$2"
  [ ! -s said ] || fail "$2: $(cat said)"
}

start_sshd_at by_key
know_host "$SSHD_PORT"
V=/sftp/$ACCOUNT@127.0.0.1:$SSHD_PORT$WORK
mkdir full
mount -t tmpfs -o size=3m,mode=777 none full
trap 'stop_servers; umount -l "$WORK/full"' EXIT
install -o "$ACCOUNT" -m 444 /dev/null www/locked
for transport in libssh2 ssh; do
  note "what cannot be written, by $transport"
  sftp_mount $transport
  refused "$V/www/f" 'of another user'
  refused "$V/www/locked" 'its own, read-only'
  refused "$V/www/new" 'in the folder of another'
  expect_match '^((write|fsync|close) ENOSPC ?)+$' "$(writes 8 "$V/full/f")"
  quietly vfsrun rm "$V/full/f"
  expect_equal ok "$(writes 1 "$V/full/f")" 'there is room again'
  quietly vfsrun rm "$V/full/f"
done
umount full
trap stop_servers EXIT

mkdir -m 755 "$JAIL/in"
chmod 755 "$JAIL"
chown "$ACCOUNT" "$JAIL/in"
# shellcheck disable=SC2034  # read by write_sshd_config
SSHD_LAST_LINES="Match User $ACCOUNT
ChrootDirectory $JAIL
ForceCommand internal-sftp"
start_sshd_at jail
know_host "$SSHD_PORT"
V=/sftp/$ACCOUNT@127.0.0.1:$SSHD_PORT
for transport in libssh2 ssh; do
  note "a server that locks its users in, by $transport"
  sftp_mount $transport
  expect_equal in "$(quietly vfsrun ls "$V")"
  pseudo_random 3000000 9 >data
  quietly vfsrun cp data "$V/in/copy"
  expect_same_bytes data "$JAIL/in/copy"
  quietly vfsrun cat "$V/~/in/copy" >got
  expect_same_bytes data got
  quietly vfsrun chmod 600 "$V/in/copy"
  expect_equal 600 "$(stat -c %a "$JAIL/in/copy")"
  quietly vfsrun ln -s copy "$V/in/link"
  quietly vfsrun touch -h -d @1000000000 "$V/in/link"
  expect_equal 1000000000 "$(stat -c %Y "$JAIL/in/link")"
  expect_equal ENOENT "$(errno_of_open "$V/etc/passwd")"
  # Absolute links are the server's own, as it sees them.
  ln -s /in/copy "$JAIL/in/whole"
  quietly vfsrun cat "$V/in/whole" >got
  expect_same_bytes data got
  quietly vfsrun rm "$V/in/copy" "$V/in/link" "$V/in/whole"
done
expect_clean
