#!/usr/bin/env bash
# soak.sh HOURS: every test with each sanitizer; a soak of half an hour, which writes docs/SOAK.md; random programs against a
# model for so many hours. What fails keeps none of the others from being run; the page and the end say what came of each.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ ${1-} =~ ^([0-9]+)(\.([0-9]))?$ ]] || { echo "usage: soak.sh HOURS, a whole number or one such as 0.5" >&2 && exit 2; }
minutes=$((60 * 10#${BASH_REMATCH[1]} + 6 * ${BASH_REMATCH[3]:-0}))
page=docs/SOAK.md
failed=()
rows=()
said=$(mktemp)
trap 'rm -f "$said"' EXIT
# Not only the step ends.
trap 'exit 130' INT

# step NAME COMMAND...: runs one of them, and keeps what came of it.
step() {
  local start=$SECONDS status=0
  echo "$1"
  : >"$said"
  "${@:2}" || status=$?
  local came=all\ right
  if [ "$status" -ne 0 ]; then
    came="failed ($status)"
    failed+=("$1 ($status)")
  fi
  if [ -s "$said" ]; then came+=": $(tail -n 1 "$said")"; fi
  rows+=("| ${1,} | $(((SECONDS - start) / 60)) | $came |")
}

# Their last line tells how many there were.
programs() { python3 -m Reliability.model --minutes "$minutes" | tee "$said"; }

step "Tests with the address sanitizer" scripts/sanitize.sh address
step "Tests with the thread sanitizer" scripts/sanitize.sh thread
step "Soak" python3 -m Reliability.load --soak --minutes 30 --write
step "Random programs" programs

printf '%s\n' '' '## What was run' '' '| step | minutes | what came |' '|---|---:|---|' "${rows[@]}" >>"$page"
for each in "${failed[@]}"; do echo "Failed: $each" >&2; done
[ ${#failed[@]} -eq 0 ]
