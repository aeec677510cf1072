#!/bin/sh
RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/passport-saml}
[ -f "$RIG_CACHE/pid" ] && kill "$(cat "$RIG_CACHE/pid")" 2>/dev/null; rm -f "$RIG_CACHE/pid"
