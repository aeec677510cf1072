#!/bin/sh
# import.sh IDP_METADATA_FILE_OR_URL: makes it the metadata of the run in this directory
set -eu
case $1 in http*) curl -fsS "$1" -o idp.new;; *) cp "$1" idp.new;; esac
[ -z "$(cat authn-post)" ] || perl -0pi -e 's/<SingleSignOnService [^>]*HTTP-Redirect[^>]*>//' idp.new
# What is no metadata would leave mellon without any.
grep -q EntityDescriptor idp.new || { echo "no metadata" >&2; exit 1; }
mv idp.new idp.xml
