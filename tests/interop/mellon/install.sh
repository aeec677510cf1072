#!/bin/sh
# Apache mod_auth_mellon (lasso), run privately from $RIG_CACHE and never as a service. The Debian packages apache2-bin and
# libapache2-mod-auth-mellon come from .ci/install.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/mellon}; mkdir -p "$RIG_CACHE"
[ -f /usr/lib/apache2/modules/mod_auth_mellon.so ] || { echo "missing: apt-get install apache2-bin libapache2-mod-auth-mellon" >&2; exit 1; }
[ -f "$RIG_CACHE/sp.key" ] || openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 1095 -subj /CN=mellon -keyout "$RIG_CACHE/sp.key" -out "$RIG_CACHE/sp.crt" 2>/dev/null
cp "$HERE/whoami.cgi" "$HERE/httpd.conf" "$RIG_CACHE/"; chmod 755 "$RIG_CACHE" "$RIG_CACHE/whoami.cgi"; chmod 644 "$RIG_CACHE/sp.key"
