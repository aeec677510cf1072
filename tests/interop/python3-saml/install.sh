#!/bin/sh
# Python: python3-saml (OneLogin/SAML-Toolkits, libxmlsec1) in Flask, every version pinned by requirements.txt
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/python3-saml}
mkdir -p "$RIG_CACHE"; cd "$RIG_CACHE"
[ -x venv/bin/pip ] || python3 -m venv venv
cmp -s "$HERE/requirements.txt" installed.txt || {
  venv/bin/pip install -q --only-binary :all: -r "$HERE/requirements.txt"
  cp "$HERE/requirements.txt" installed.txt; }
