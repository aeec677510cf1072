#!/bin/sh
# refresh-trust.sh PORT IDP_METADATA_FILE_OR_URL: mellon reads the file when Apache starts or is reloaded, here gracefully
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); cd "${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/mellon}/run-$1"
# What is new each time is the signature, which mellon does not verify. A reload takes a second, so none is made for that alone.
trust() { perl -0pe 's/ ID="[^"]*"//; s/<Signature.*?<\/Signature>//s' idp.xml; }
OLD_TRUST=$(trust)
"$HERE/import.sh" "$2"
[ "$(trust)" != "$OLD_TRUST" ] || exit 0
PID=$(cat pid); WORKERS=$(cat "/proc/$PID/task/$PID/children")
kill -USR1 "$PID"
# A worker of before answers with the trust of before, until it has ended.
for worker in $WORKERS; do
  while grep -q '^State:[[:space:]]*[^Z]' "/proc/$worker/status" 2>/dev/null; do sleep 0.02; done
done
curl -fs -o /dev/null --retry 9 --retry-connrefused "http://127.0.0.1:$1/mellon/metadata"
