#!/bin/sh
RIG=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/mellon}
[ -f "$RIG/pid" ] && kill "$(cat "$RIG/pid")" 2>/dev/null; sleep 0.5; rm -f "$RIG/pid"
