#!/bin/sh
# start.sh IDP_METADATA_FILE_OR_URL PORT
set -eu
RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/passport-saml}; PORT=$2; B=http://127.0.0.1:$PORT
case $1 in http*) curl -fsS "$1" -o "$RIG_CACHE/idp.xml";; *) cp "$1" "$RIG_CACHE/idp.xml";; esac
cd "$RIG_CACHE"
PORT=$PORT nohup node sp.js > sp.log 2>&1 & echo $! > pid
for i in $(seq 50); do curl -fs $B/metadata >/dev/null && break; sleep 0.2; done
printf 'pid=%s\nentity_id=%s\nacs=%s\nmetadata=%s\nlogin=%s\nwhoami=%s\n' "$(cat pid)" $B/metadata $B/acs $B/metadata $B/login $B/whoami
