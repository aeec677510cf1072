#!/bin/sh
# Apache mod_auth_mellon (lasso). Debian packages; apache itself is run privately from $RIG_CACHE, never as a service.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd); RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/mellon}; mkdir -p "$RIG_CACHE"
[ -f /usr/lib/apache2/modules/mod_auth_mellon.so ] || {
  [ -e /usr/sbin/policy-rc.d ] || { printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; } # do not let apt start apache on :80
  apt-get -qq update; DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends apache2 libapache2-mod-auth-mellon=0.18.*; }
[ -f "$RIG_CACHE/sp.key" ] || openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 1095 -subj /CN=mellon -keyout "$RIG_CACHE/sp.key" -out "$RIG_CACHE/sp.crt" 2>/dev/null
cp "$HERE/whoami.cgi" "$HERE/httpd.conf" "$RIG_CACHE/"; chmod 755 "$RIG_CACHE" "$RIG_CACHE/whoami.cgi"; chmod 644 "$RIG_CACHE/sp.key"
