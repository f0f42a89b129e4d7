#!/usr/bin/env bash
# What a change must pass: format, build without a warning, every test, real mounts included; nothing left mounted.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=${TEST_LIMIT:-900} # seconds for each of the test runs

fuse_mounts() { awk '$3 ~ /^fuse(\.|$)/ { print $2 }' /proc/self/mounts | sort; }

scripts/check-machine.sh test
scripts/install-packages.sh test

echo "Format"
scripts/lint.sh Sources Tests Fuzz Package.swift

echo "Figures of the benchmark"
python3 -m compileall -q Benchmarks Reliability
timeout 60 python3 -m unittest --quiet Benchmarks.tests

echo "Build"
make --no-print-directory build
swift build --build-tests

echo "Tests"
before=$(fuse_mounts)
# On a terminal the tests stay in its foreground, so that Ctrl-C reaches them.
foreground=()
[ ! -t 0 ] || foreground=(--foreground)
status=0
export FUSFS_BINARIES=$PWD/.build/release
# Those of the formats compute for long and those of the core wait for the disk, which others with limits of time must not
# wait for. The whole-program tests have the machine to themselves, as a user has.
for selection in "--skip MountTests\. --skip FirmwareFormatsTests\. --skip FUSFSCoreTests\." \
  "--filter FUSFSCoreTests\." "--filter FirmwareFormatsTests\." "--filter MountTests\."; do
  # shellcheck disable=SC2086 # several words
  timeout "${foreground[@]}" --kill-after=10 "$limit" swift test --skip-build $selection || status=$?
  [ "$status" -ne 124 ] || echo "The tests did not end within $limit seconds." >&2
done

left=$(comm -13 <(echo "$before") <(fuse_mounts))
if [ -n "$left" ]; then
  echo "The tests left these mounted: ${left//$'\n'/, }" >&2
  while read -r mountpoint; do umount -l "$mountpoint"; done <<<"$left"
  status=1
fi
[ "$status" -eq 0 ] || exit "$status"

echo "Fuzzing"
scripts/fuzz.sh 3

echo "Examples"
scripts/check-examples.sh
