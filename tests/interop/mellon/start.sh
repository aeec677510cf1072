#!/bin/sh
# start.sh IDP_METADATA_FILE_OR_URL PORT [SWITCH=value…]
# SIGN=sha1: requests and logout messages are signed so; without it by SHA-256. Mellon always signs.
# KEY=none: it has no key to decrypt with, nor to sign, and lasso makes no request without a signature: Entra must begin.
# AUTHN_POST=1: by HTTP-POST, which mellon does where the metadata name no redirect.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/mellon}
IDP=$1 B=http://127.0.0.1:$2; export PORT=$2 RUN=$RIG_CACHE/run-$2; shift 2; SIGN=sha256 AUTHN_POST= KEY=
for switch; do case $switch in SIGN=*) SIGN=${switch#*=};; AUTHN_POST=*) AUTHN_POST=${switch#*=};; KEY=*) KEY=${switch#*=};; *) echo "unknown switch: $switch" >&2; exit 2;; esac; done
export SIGN
mkdir -p "$RUN"
cd "$RUN"
echo "$AUTHN_POST" > authn-post
"$HERE/import.sh" "$IDP"
cp "$HERE/whoami.cgi" .
openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 1095 -subj /CN=mellon -keyout sp.key -out sp.crt 2>/dev/null
# The workers run as another user and read key and script.
chmod 755 "$RIG_CACHE" . whoami.cgi; chmod 644 sp.key
# xmlsec reads the machine's certificate authorities for every message, which mellon asks nothing of and which takes most of the time.
export SSL_CERT_FILE=/dev/null
apache2 -f "$HERE/httpd.conf" ${KEY:+-D NoKey} -k start
for i in $(seq 50); do curl -fs $B/mellon/metadata >/dev/null && break; sleep 0.2; done
# What the program can do without comes first: it goes on as soon as it knows the rest.
printf 'logout=%s\nrelay=%s\n' "$B/mellon/logout?ReturnTo=$B/whoami" $B/whoami
printf 'pid=%s\nentity_id=%s\nacs=%s\nmetadata=%s\nlogin=%s\nwhoami=%s\n' "$(cat pid)" $B/mellon/metadata $B/mellon/postResponse $B/mellon/metadata "$B/mellon/login?ReturnTo=$B/whoami" $B/whoami
