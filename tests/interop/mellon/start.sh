#!/bin/sh
# start.sh IDP_METADATA_FILE_OR_URL PORT
set -eu
export RIG=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/mellon} PORT=$2; B=http://127.0.0.1:$PORT
case $1 in http*) curl -fsS "$1" -o "$RIG/idp.xml";; *) cp "$1" "$RIG/idp.xml";; esac
apache2 -f "$RIG/httpd.conf" -k start
for i in $(seq 50); do curl -fs $B/mellon/metadata >/dev/null && break; sleep 0.2; done
printf 'pid=%s\nentity_id=%s\nacs=%s\nmetadata=%s\nlogin=%s\nwhoami=%s\nrelay=%s\n' "$(cat "$RIG/pid")" $B/mellon/metadata $B/mellon/postResponse $B/mellon/metadata $B/login $B/whoami $B/whoami
printf "logout=%s\n" "$B/mellon/logout?ReturnTo=$B/whoami"
