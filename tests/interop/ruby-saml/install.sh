#!/bin/sh
# Ruby: ruby-saml (SAML-Toolkits, Nokogiri) on WEBrick. The Debian packages ruby-saml and ruby-webrick come from .ci/install.
set -eu
ruby -e 'require "onelogin/ruby-saml"; require "webrick"' || { echo "missing: apt-get install ruby ruby-saml ruby-webrick" >&2; exit 1; }
RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/ruby-saml}; mkdir -p "$RIG_CACHE"; touch "$RIG_CACHE/installed"
