#!/usr/bin/env bash
# install-asgard.sh FOLDER: a Python environment with asgard-fus 4.2, a firmware client that others wrote; used again
# where it is there already.
set -euo pipefail
folder=${1:?a folder for the environment}

has_asgard() { "$folder/bin/python" -c 'import asgard; raise SystemExit(not asgard.__version__.startswith("4.2"))'; }

if [ ! -x "$folder/bin/python" ]; then
  python3 -m venv "$folder" || {
    echo "python3 cannot make a virtual environment: install python3-venv" >&2
    exit 1
  }
fi
has_asgard 2>/dev/null || "$folder/bin/python" -m pip --quiet --disable-pip-version-check install 'asgard-fus==4.2.*'
