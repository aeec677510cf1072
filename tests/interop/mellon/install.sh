#!/bin/sh
# Apache mod_auth_mellon (lasso), run privately and never as a service. The Debian packages apache2-bin and
# libapache2-mod-auth-mellon come from .ci/install.
set -eu
[ -f /usr/lib/apache2/modules/mod_auth_mellon.so ] || { echo "missing: apt-get install apache2-bin libapache2-mod-auth-mellon" >&2; exit 1; }
