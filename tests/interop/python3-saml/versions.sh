#!/bin/sh
# versions.sh: what is installed, name=version
set -eu
RIG_CACHE=${RIG_CACHE:-${TMPDIR:-/tmp}/entrant-interop/python3-saml}
"$RIG_CACHE/venv/bin/python" - <<'PYTHON'
import platform, xmlsec
from importlib.metadata import version
from lxml import etree
for name in ("python3-saml", "xmlsec", "lxml", "Flask"):
    print(f"{name}={version(name)}")
print("libxmlsec1 in it=" + ".".join(map(str, xmlsec.get_libxmlsec_version())))
print("libxml2 in it=" + ".".join(map(str, etree.LIBXML_VERSION)))
print("Python=" + platform.python_version())
PYTHON
