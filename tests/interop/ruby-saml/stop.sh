#!/bin/sh
# stop.sh PORT: ends what start.sh started for it, and forgets its key
RUN=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/ruby-saml}/run-$1
[ -f "$RUN/pid" ] && kill "$(cat "$RUN/pid")" 2>/dev/null; rm -rf "$RUN"
