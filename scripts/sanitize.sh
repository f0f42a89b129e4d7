#!/usr/bin/env bash
# sanitize.sh address|thread [TARGET...]: runs every test, or those of some targets (PrimitivesTests MountTests), built with
# a sanitizer; so are the programs that the whole-program tests start. Fails where a test does, and where any process has
# written a report, a daemon among them. What is built lies in .build/asan or .build/tsan, and the reports beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/test-groups.sh

case ${1-} in
  address) scratch=.build/asan configuration=debug ;;
  # Without optimisation continuations are awaited inside Swift's library, out of the reach of sanitize-thread.c.
  thread) scratch=.build/tsan configuration=release ;;
  *)
    echo "usage: sanitize.sh address|thread [TARGET...]" >&2
    exit 2
    ;;
esac
sanitizer=$1
shift
limit=${TEST_LIMIT:-3600} # seconds for each of the test runs
groups=("${test_groups[@]}")
if [ $# -gt 0 ]; then
  groups=()
  for target; do groups+=("--filter $target\\."); done
fi

scripts/check-machine.sh test
scripts/install-packages.sh test

build=(--scratch-path "$scratch" --sanitize "$sanitizer" --configuration "$configuration" -Xswiftc -enable-testing)
if [ "$sanitizer" = thread ]; then
  mkdir -p "$scratch"
  clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
  # Another name when it has changed: else what is linked already would be left so.
  object=$scratch/sanitize-thread-$(cksum <scripts/sanitize-thread.c | cut -d ' ' -f 1).o
  "$clang" -std=gnu17 -O1 -fPIC -Wall -Wextra -Werror -c scripts/sanitize-thread.c -o "$object"
  build+=(-Xlinker "$PWD/$object" -Xswiftc -DTHREAD_SANITIZER)
fi
nice swift build --build-tests "${build[@]}"

reports=$PWD/$scratch/reports
rm -rf "$reports"
mkdir -p "$reports"
# Each process writes its reports to a file of its own: a daemon has no other place, and a test may not look.
options=log_path=$reports/report
# Leaks are left out: a process that leaves no core cannot be looked through, and what is never given back shows in what
# the process takes while it serves for long.
export ASAN_OPTIONS=$options:detect_leaks=0:exitcode=66
# What libraries that were built without it do is looked at too: else it calls a fault of its own each thread that
# libfuse cancels. A test forks while it has threads.
export TSAN_OPTIONS=$options:suppressions=$PWD/scripts/sanitize-thread.txt:exitcode=66:die_after_fork=0
TSAN_OPTIONS+=:ignore_noninstrumented_modules=0:ignore_interceptors_accesses=0
# With Swift's own backtraces a crash may hang for minutes.
export SWIFT_BACKTRACE=enable=no
export FUSFS_BINARIES=$PWD/$scratch/$configuration
# What a sanitizer takes is not the program's.
export FUSFS_SANITIZED=1

status=0
for group in "${groups[@]}"; do
  # shellcheck disable=SC2086 # several words
  run_tests "$limit" "${build[@]}" $group || status=$?
done

written=("$reports"/report.*)
if [ -e "${written[0]}" ]; then
  grep -hE 'SUMMARY|WARNING: ThreadSanitizer|ERROR: AddressSanitizer' "${written[@]}" | sort | uniq -c | sort -rn >&2
  echo "The ${sanitizer} sanitizer has reported something: ${written[*]}" >&2
  status=1
fi
[ "$status" -eq 0 ] || tell_failed_tests
exit "$status"
