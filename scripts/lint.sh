#!/usr/bin/env bash
# lint.sh SOURCE...: silent when the Swift sources are formatted and the shell scripts are sound.
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict --parallel --recursive "$@"
if command -v shellcheck >/dev/null; then
  shellcheck --external-sources .ci/run scripts/*.sh mount-examples/*.sh Tests/packages/*.sh
else
  echo "shellcheck is missing: the shell scripts were not checked." >&2
fi
