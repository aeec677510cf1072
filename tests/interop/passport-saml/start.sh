#!/bin/sh
# start.sh IDP_METADATA_FILE_OR_URL PORT [SWITCH=value…]; the switches are those of sp.js
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/passport-saml}
IDP=$1 PORT=$2 B=http://127.0.0.1:$2 RUN=$RIG_CACHE/run-$2; shift 2
mkdir -p "$RUN"
case $IDP in http*) curl -fsS "$IDP" -o "$RUN/idp.xml";; *) cp "$IDP" "$RUN/idp.xml";; esac
cd "$RUN"
cp "$HERE/sp.js" . # node looks for modules from the script's own place upwards
for use in sp decrypt; do
  openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 1095 -subj /CN=passport-saml -keyout $use.key -out $use.crt 2>/dev/null
done
nohup env PORT="$PORT" "$@" node sp.js > sp.log 2>&1 & echo $! > pid
for i in $(seq 50); do curl -fs $B/metadata >/dev/null && break; sleep 0.2; done
# What the program can do without comes first: it goes on as soon as it knows the rest.
printf 'logout=%s\npid=%s\nentity_id=%s\nacs=%s\nmetadata=%s\nlogin=%s\nwhoami=%s\n' $B/logout "$(cat pid)" $B/metadata $B/acs $B/metadata $B/login $B/whoami
