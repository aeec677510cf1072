#!/bin/sh
# Node: @node-saml/passport-saml (on @node-saml/node-saml) in Express, every version pinned by package-lock.json
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/passport-saml}
mkdir -p "$RIG_CACHE"; cd "$RIG_CACHE"
cmp -s "$HERE/package-lock.json" installed.json || {
  cp "$HERE/package.json" "$HERE/package-lock.json" .
  npm ci --no-fund --no-audit --silent
  cp "$HERE/package-lock.json" installed.json; }
