#!/usr/bin/env bash
# fuzz.sh [SECONDS [TARGET...]]: feeds each parser of firmware's formats with hostile bytes for SECONDS (30), from the
# corpus in Fuzz/Corpus on. What is new goes to .build/fuzz/corpus; what fails is kept, and the command printed that
# repeats it.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1-30}
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || for folder in Fuzz/Corpus/*/; do targets+=("$(basename "$folder")"); done
for target in "${targets[@]}"; do
  [ -d "Fuzz/Corpus/$target" ] || { echo "There is no target $target; see Fuzz/Corpus." >&2 && exit 2; }
done

runtime=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
library=$runtime/clang/lib/linux/libclang_rt.fuzzer_no_main-$(uname -m).a
[ -f "$library" ] || { echo "This Swift has no libFuzzer: $library is missing." >&2 && exit 1; }

# Instrumented objects are kept apart from all others.
export FUSFS_FUZZ=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
nice swift build -c release --scratch-path .build/fuzz --product fusfs-fuzz --sanitize address \
  -Xlinker "$library" -Xlinker -lstdc++ >"$log" 2>&1 || { cat "$log" >&2 && exit 1; }
program=.build/fuzz/release/fusfs-fuzz

# With Swift's own backtraces a crash may hang for minutes.
export SWIFT_BACKTRACE=enable=no
status=0
for target in "${targets[@]}"; do
  found=.build/fuzz/corpus/$target
  failed=.build/fuzz/failed/$target
  mkdir -p "$found" "$failed"
  # libFuzzer limits each input itself; this is for one that hangs where it cannot see it.
  if nice timeout --kill-after=10 $((seconds + 120)) "$program" "$target" -max_total_time="$seconds" \
    -artifact_prefix="$failed/" "$found" "Fuzz/Corpus/$target" >"$log" 2>&1; then
    echo "$target: $(sed -n 's/^Done \([0-9]* runs\) in .*/\1/p' "$log"), nothing found"
  else
    status=1
    grep -aE 'Fatal error|ERROR|SUMMARY' "$log" >&2 || tail -n 20 "$log" >&2
    input=$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$log" | tail -n 1)
    echo "$target failed. To repeat it: SWIFT_BACKTRACE=enable=no $program $target ${input:-(no input was kept)}" >&2
  fi
done
exit "$status"
