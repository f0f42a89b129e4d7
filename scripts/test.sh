#!/usr/bin/env bash
# What a change must pass: format, build without a warning, every test, real mounts included; nothing left mounted.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/test-groups.sh

limit=${TEST_LIMIT:-900} # seconds for each of the test runs

fuse_mounts() { awk '$3 ~ /^fuse(\.|$)/ { print $2 }' /proc/self/mounts | sort; }

scripts/check-machine.sh test
scripts/install-packages.sh test

echo "Format"
scripts/lint.sh Sources Tests Fuzz Package.swift

echo "Figures of the benchmark"
python3 -m compileall -q Benchmarks Reliability
timeout 60 python3 -m unittest --quiet Benchmarks.tests
timeout 60 python3 -m unittest discover --quiet --start-directory Reliability/tests --top-level-directory .

echo "Build"
make --no-print-directory build
swift build --build-tests

echo "Tests"
before=$(fuse_mounts)
status=0
export FUSFS_BINARIES=$PWD/.build/release
for group in "${test_groups[@]}"; do
  # shellcheck disable=SC2086 # several words
  run_tests "$limit" $group || status=$?
done

echo "Breaking things"
# How soon all is done is for `make reliability` to say, which has the machine to itself.
export RELIABILITY_SLACK=20
timeout "${foreground[@]}" --kill-after=60 "$limit" python3 -m Reliability --short || status=$?

echo "Random programs"
# A program that goes wrong is made smaller, which takes minutes.
timeout "${foreground[@]}" --kill-after=60 "$limit" python3 -m Reliability.model --minutes 2 --seed 1 || status=$?

left=$(comm -13 <(echo "$before") <(fuse_mounts))
if [ -n "$left" ]; then
  echo "The tests left these mounted: ${left//$'\n'/, }" >&2
  while read -r mountpoint; do umount -l "$mountpoint"; done <<<"$left"
  status=1
fi
if [ "$status" -ne 0 ]; then
  tell_failed_tests
  exit "$status"
fi

echo "Fuzzing"
scripts/fuzz.sh 3

echo "Examples"
scripts/check-examples.sh
