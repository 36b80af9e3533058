# shellcheck shell=bash disable=SC2034  # variables are the tests'
# SPDX-License-Identifier: GPL-2.0-or-later
# OpenSSH's sshd with a configuration, keys, port and log of the test's own.
# It runs as whoever runs the test, so it lets in that user only. ssh itself
# looks for ~/.ssh where the password database says, not in $HOME: what the
# tests want of it stands in a file of their own (key [sftp] config).

SSH_FOLDER=$WORK/ssh
SSH_CONFIG=$SSH_FOLDER/config
SSH_KNOWN_HOSTS=$SSH_FOLDER/known_hosts
SSH_USER=$(id -un)
# Without PAM sshd takes an account without a password for a locked one.
SSHD_PAM=yes
[ "$(id -u)" -ne 0 ] || SSHD_PAM=no

# ssh_key NAME TYPE [PASSPHRASE]: a key that the servers take, unless its
# name begins with "wrong".
ssh_key() {
  mkdir -p "$SSH_FOLDER"
  ssh-keygen -q -t "$2" -N "${3-}" -C "$1" -f "$SSH_FOLDER/$1"
  case $1 in
    wrong*) ;;
    *) cat "$SSH_FOLDER/$1.pub" >>"$SSH_FOLDER/authorized_keys" ;;
  esac
  chmod 600 "$SSH_FOLDER/authorized_keys" 2>/dev/null || true
}

# write_ssh_config [LINE...]: what the user has in ~/.ssh/config. The first
# value that ssh meets counts, so the lines come before the rest.
write_ssh_config() {
  printf '%s\n' "$@" >"$SSH_CONFIG"
  cat >>"$SSH_CONFIG" <<CONF
Host *
  UserKnownHostsFile $SSH_KNOWN_HOSTS
  GlobalKnownHostsFile /dev/null
  ${SSH_IDENTITY-IdentityFile $SSH_FOLDER/id_ed25519}
CONF
}

# know_host PORT [HOST]: as if the user had said yes once.
know_host() {
  sed "s/^/[${2-127.0.0.1}]:$1 /" "$SSH_FOLDER/host_ed25519.pub" \
    >>"$SSH_KNOWN_HOSTS"
}

# write_sshd_config FILE PORT [LINE...]; SSHD_LAST_LINES is for Match.
write_sshd_config() {
  local file=$1 port=$2
  shift 2
  printf '%s\n' "$@" >"$file"
  cat >>"$file" <<CONF
ListenAddress 127.0.0.1:$port
HostKey $SSH_FOLDER/host_ed25519
PidFile none
AuthorizedKeysFile $SSH_FOLDER/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM $SSHD_PAM
StrictModes no
AcceptEnv none
PrintMotd no
MaxStartups 200
LogLevel ${SSHD_LOG_LEVEL-VERBOSE}
Subsystem sftp ${SSHD_SUBSYSTEM-internal-sftp}
${SSHD_LAST_LINES-}
CONF
}

# start_sshd_at NAME [LINE...]: sets SSHD_PORT, SSHD_PID, SSHD_LOG.
start_sshd_at() {
  local name=$1 port _
  shift
  [ -x /usr/sbin/sshd ] || fail 'no sshd: packaging/deps test'
  [ -d /run/sshd ] || [ "$AS" != root ] || mkdir -m 755 /run/sshd
  mkdir -p "$SSH_FOLDER"
  [ -e "$SSH_FOLDER/host_ed25519" ] ||
    ssh-keygen -q -t ed25519 -N '' -C host -f "$SSH_FOLDER/host_ed25519"
  for _ in 1 2 3 4 5; do
    port=${SSHD_WANTED_PORT-$(free_port)}
    write_sshd_config "$SSH_FOLDER/$name.conf" "$port" "$@"
    # sshd wants its full path; it runs itself anew for each connection.
    spawn_server /usr/sbin/sshd -D -f "$SSH_FOLDER/$name.conf" \
      -E "$SSH_FOLDER/$name.log" 2>>"$SSH_FOLDER/$name.err"
    if wait_for_port "$port" "$LAST_SERVER"; then
      SSHD_PORT=$port
      SSHD_PID=$LAST_SERVER
      SSHD_LOG=$SSH_FOLDER/$name.log
      return 0
    fi
    stop_server "$LAST_SERVER"
  done
  fail "sshd does not start: $(tail -n 3 "$SSH_FOLDER/$name.log")"
}

# The usual one: a key that is taken, a host that is known, an ssh
# configuration, and a mount /sftp that uses it. Sets SFTP_TOP besides.
start_sshd() { # [LINE FOR sshd_config...]
  [ -e "$SSH_FOLDER/id_ed25519" ] || ssh_key id_ed25519 ed25519
  start_sshd_at sshd "$@"
  know_host "$SSHD_PORT"
  [ -e "$SSH_CONFIG" ] || write_ssh_config ""
  sftp_mount "${SFTP_TRANSPORT-auto}"
  SFTP_TOP=/sftp/127.0.0.1:$SSHD_PORT
}

# sftp_mount TRANSPORT [LINE FOR [sftp]...]: /sftp as in mounts.d, but with
# the test's own ssh configuration.
sftp_mount() {
  local transport=$1
  shift
  mkdir -p "$XDG_CONFIG_HOME/vfsrun/mounts.d"
  {
    cat <<CONF
path = "/sftp"
url = "sftp://{host}/"
mode = "rw"
[sftp]
transport = "$transport"
config = "$SSH_CONFIG"
CONF
    printf '%s\n' "$@"
  } >"$XDG_CONFIG_HOME/vfsrun/mounts.d/50-sftp.toml"
}

# The processes that serve connections: sshd's children and their sftp-server.
sshd_children() { descendants "$SSHD_PID"; }

kill_sshd_children() { # SIGNAL
  local pid
  for pid in $(sshd_children); do kill "-$1" "$pid" 2>/dev/null || true; done
}

# An agent with no key in it; ssh-add NAME follows.
start_ssh_agent() {
  export SSH_AUTH_SOCK=$SSH_FOLDER/agent
  spawn_server ssh-agent -D -a "$SSH_AUTH_SOCK" >/dev/null
  wait_until 10 test -S "$SSH_AUTH_SOCK"
}
