#!/usr/bin/env bash
# soak.sh HOURS: a soak of half an hour, which writes docs/SOAK.md; random programs against a model for so many hours; every
# test with each sanitizer. What fails keeps none of the others from being run; it is said at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ ${1-} =~ ^[0-9]+$ ]] || { echo "usage: soak.sh HOURS" >&2 && exit 2; }
failed=()
# Not only the step ends.
trap 'exit 130' INT

# step NAME COMMAND...: runs one of them.
step() {
  echo "$1"
  "${@:2}" || failed+=("$1 ($?)")
}

step "Soak" python3 -m Reliability.load --soak --minutes 30 --write
step "Random programs" python3 -m Reliability.model --minutes $((60 * $1))
step "Tests with the address sanitizer" scripts/sanitize.sh address
step "Tests with the thread sanitizer" scripts/sanitize.sh thread

for each in "${failed[@]}"; do echo "Failed: $each" >&2; done
[ ${#failed[@]} -eq 0 ]
