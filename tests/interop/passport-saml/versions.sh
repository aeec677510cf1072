#!/bin/sh
# versions.sh: what is installed, name=version
set -eu
cd "${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/passport-saml}"
for name in @node-saml/passport-saml @node-saml/node-saml xml-crypto xml-encryption @xmldom/xmldom passport-saml-metadata express; do
  node -p "'$name=' + require('./node_modules/$name/package.json').version"
done
node -p "'Node.js=' + process.versions.node"
