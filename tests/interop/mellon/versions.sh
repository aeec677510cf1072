#!/bin/sh
# versions.sh: what is installed, name=version
set -eu
dpkg-query -f '${Package}=${Version}\n' -W libapache2-mod-auth-mellon liblasso3 libxmlsec1 libxml2 apache2-bin | sed 's/^\([^:=]*\):[^=]*/\1/'
