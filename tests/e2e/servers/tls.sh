# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# nginx behind TLS, with a certificate that signed itself.

# start_tls_nginx [LISTEN-OPTION] ; sets TLS_HOST (localhost:port), TLS_ROOT, TLS_CERTIFICATE.
# NGINX_* stay those of the plain server.
start_tls_nginx() {
  local folder=$WORK/nginx-tls host=${NGINX_HOST-} port=${NGINX_PORT-} \
    root=${NGINX_ROOT-} log=${NGINX_LOG-} pid=${NGINX_PID-}
  mkdir -p "$folder"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
    -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>"$folder/openssl.log" ||
    fail "openssl: $(cat "$folder/openssl.log")"
  start_nginx_at "$folder" "$WORK/www-tls" \
    "ssl_certificate $folder/cert.pem; ssl_certificate_key $folder/key.pem; autoindex on;
     access_log $folder/access.log e2e; access_log $folder/protocols.log combined;" \
    "ssl ${1-}"
  TLS_HOST=localhost:$NGINX_PORT
  TLS_ROOT=$NGINX_ROOT
  TLS_LOG=$NGINX_LOG
  TLS_PROTOCOLS=$folder/protocols.log # of each request: "GET / HTTP/2.0"
  TLS_CERTIFICATE=$folder/cert.pem
  NGINX_HOST=$host NGINX_PORT=$port NGINX_ROOT=$root NGINX_LOG=$log NGINX_PID=$pid
}
