#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each way to log in that a user's own ssh has, by each transport that can.
# timeout: 240
. "$E2E/lib.sh"
mkdir -p "$WORK/www"
echo hello >"$WORK/www/f"
for type in ed25519 ecdsa rsa; do ssh_key "id_$type" "$type"; done
ssh_key id_secret ed25519 'open sesame'
ssh_key wrong ed25519
SSH_IDENTITY='' write_ssh_config ""
start_sshd
V=$SFTP_TOP$WORK/www/f

reads() { # WHAT
  quietly vfsrun cat "${2-$V}" >got || fail "$1"
  expect_same_bytes "$WORK/www/f" got
  note "$1: read"
}

only_key() { printf 'identity = "%s/%s"' "$SSH_FOLDER" "$1"; }

# Keys. An RSA key is beyond libssh2 1.10, which signs with SHA-1 only.
for type in ed25519 ecdsa rsa; do
  for transport in libssh2 ssh auto; do
    sftp_mount $transport "$(only_key id_$type)"
    if [ "$type $transport" = "rsa libssh2" ]; then
      expect_equal EACCES "$(errno_of_open "$V")"
      continue
    fi
    reads "$type by $transport"
  done
done

write_ssh_config ""

# Ciphers as the user's configuration has them: of these libssh2 has none.
write_ssh_config 'Host 127.0.0.1' '  Ciphers aes128-gcm@openssh.com'
sftp_mount auto
reads 'a cipher that libssh2 does not have, by auto'
sftp_mount libssh2
expect_equal EPROTO "$(errno_of_open "$V")"
vfsrun cat "$V" 2>said && fail 'read with another cipher than configured'
grep -q 'libssh2 has none of: aes128-gcm@openssh.com' said ||
  fail "no word of the cipher: $(cat said)"
write_ssh_config 'Host 127.0.0.1' '  Ciphers aes192-ctr' '  MACs hmac-sha2-512'
reads 'a cipher and a MAC of its own, by libssh2'
write_ssh_config ""

# An agent: with a key whose file is not there, and one with a passphrase.
start_ssh_agent
mkdir "$SSH_FOLDER/away"
ssh-add -q "$SSH_FOLDER/id_ed25519"
mv "$SSH_FOLDER"/id_ed25519* "$SSH_FOLDER/away"
for transport in libssh2 ssh; do
  sftp_mount $transport
  reads "agent by $transport"
done
ssh-add -q -D
cat >askpass <<'ASK'
#!/bin/sh
case $1 in *passphrase*) echo 'open sesame' ;; *) exit 1 ;; esac
ASK
chmod 755 askpass
SSH_ASKPASS=$WORK/askpass SSH_ASKPASS_REQUIRE=force \
  ssh-add -q "$SSH_FOLDER/id_secret" </dev/null
sftp_mount libssh2 "$(only_key id_secret)"
reads 'a key with a passphrase, from the agent, by libssh2'
unset SSH_AUTH_SOCK
sftp_mount libssh2 "$(only_key id_secret)"
expect_equal EACCES "$(errno_of_open "$V")"
expect_match 'passphrase' "$(cat said)"
sftp_mount auto "$(only_key id_secret)"
SSH_ASKPASS=$WORK/askpass reads 'a key with a passphrase, asked for, by auto'
mv "$SSH_FOLDER"/away/* "$SSH_FOLDER"

# Another user's name in the path stands above the configuration's.
write_ssh_config 'Host 127.0.0.1' '  User nobody-at-all'
sftp_mount auto
reads 'user in the path' "/sftp/$SSH_USER@${SFTP_TOP#/sftp/}$WORK/www/f"
expect_equal EACCES "$(errno_of_open "$V")"

# An alias of the configuration's, with a port and a host key of its own name.
write_ssh_config 'Host box' '  HostName 127.0.0.1' "  Port $SSHD_PORT" \
  '  HostKeyAlias box-of-mine'
sed 's/^/box-of-mine /' "$SSH_FOLDER/host_ed25519.pub" >>"$SSH_KNOWN_HOSTS"
for transport in libssh2 ssh; do
  sftp_mount $transport
  reads "an alias by $transport" "/sftp/box$WORK/www/f"
done

# Certificates: the user's, beside the key or named; the host's.
sign() { ssh-keygen -q -s "$SSH_FOLDER/wrong_ca" -I "$1" "${@:2}"; }
ssh_key wrong_ca ed25519
ssh_key wrong_signed ed25519
sign me -n "$SSH_USER" "$SSH_FOLDER/wrong_signed.pub"
sign box -h -n 127.0.0.1 "$SSH_FOLDER/host_ed25519.pub"
inner=$SSHD_PORT
start_sshd_at signed "TrustedUserCAKeys $SSH_FOLDER/wrong_ca.pub" \
  "HostCertificate $SSH_FOLDER/host_ed25519-cert.pub"
signed=/sftp/127.0.0.1:$SSHD_PORT$WORK/www/f
accepted() { grep -c 'Accepted publickey.*CERT' "$SSHD_LOG" || true; }
know_host "$SSHD_PORT"
SSH_IDENTITY="IdentityFile $SSH_FOLDER/wrong_signed" write_ssh_config ""
for transport in ssh auto; do
  sftp_mount $transport
  reads "a certificate beside its key by $transport" "$signed"
done
SSH_IDENTITY="IdentityFile $SSH_FOLDER/wrong_key" write_ssh_config \
  "CertificateFile $SSH_FOLDER/signature"
mv "$SSH_FOLDER/wrong_signed" "$SSH_FOLDER/wrong_key"
mv "$SSH_FOLDER/wrong_signed-cert.pub" "$SSH_FOLDER/signature"
reads 'a certificate with a name of its own by auto' "$signed"
cp "$SSH_KNOWN_HOSTS" known
sed "s/^/@cert-authority [127.0.0.1]:$SSHD_PORT /" "$SSH_FOLDER/wrong_ca.pub" \
  >"$SSH_KNOWN_HOSTS"
reads 'a host with a certificate by auto' "$signed"
expect_equal 4 "$(accepted)" 'logins by certificate'
cp known "$SSH_KNOWN_HOSTS"
SSHD_PORT=$inner

# Through a second sshd: what libssh2 cannot, ssh does.
inner=$SSHD_PORT
start_sshd_at jump
know_host "$SSHD_PORT"
write_ssh_config 'Host behind' '  HostName 127.0.0.1' "  Port $inner" \
  "  ProxyCommand ssh -F $SSH_FOLDER/jump_config -W %h:%p -p $SSHD_PORT 127.0.0.1"
cp "$SSH_CONFIG" "$SSH_FOLDER/jump_config"
sed -i '/^Host behind/,/ProxyCommand/d' "$SSH_FOLDER/jump_config"
sftp_mount auto
if [ "$AS" = root ]; then
  reads 'ProxyCommand through a second sshd' "/sftp/behind$WORK/www/f"
  grep -q 'Accepted publickey' "$SSHD_LOG" || fail 'not through the second sshd'
  write_ssh_config 'Host behind' '  HostName 127.0.0.1' "  Port $inner" \
    "  ProxyJump 127.0.0.1:$SSHD_PORT"
  reads 'ProxyJump through a second sshd' "/sftp/behind$WORK/www/f"
fi
expect_clean
