#!/usr/bin/env bash
# Shows where the daemon's time goes while it serves: a cold copy, a warm copy, warm random reads and a member, cold
# and warm. SIZE MiB (512). The whole reports, with callers, stay in .build/profile, and beside them shares.json, the
# table that docs/BENCHMARKS.md shows from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
export TMPDIR=${TMPDIR:-/var/tmp}
. scripts/loopback.sh

size=${SIZE:-512}
reports=$PWD/.build/profile
mountpoint=$folder/fus
latest=$mountpoint/SM-A207F/SER/latest
mkdir -p "$reports"

"$binaries/fus-emulator" make-release "$folder/release" \
  --model SM-A207F --region SER --version A207FXXU2CUI2 --size "$size" >"$folder/make.log"
start_emulator "$folder/release"

# Empties the kernel's cache of file contents (root only).
drop_caches() { [ ! -w /proc/sys/vm/drop_caches ] || echo 1 >/proc/sys/vm/drop_caches; }

# profile NAME COMMAND...: mounts, samples the daemon while the command runs, and shows what took most of its time.
profile() {
  local name=$1 daemon sampler start used seconds
  shift
  mount_emulator "$mountpoint" "$folder/cache" --cache-size 100G
  daemon=$(pgrep -f -x -- ".*/fusfs $mountpoint .*") || die "fusfs is not running"
  ls -l "$latest" >"$folder/listing"
  drop_caches
  perf record --quiet --freq 999 --call-graph fp --pid "$daemon" --output "$folder/samples" 2>/dev/null &
  sampler=$!
  sleep 0.5
  used=$(processor_time "$daemon")
  start=$EPOCHREALTIME
  "$@"
  seconds=$(awk -v s="$start" -v e="$EPOCHREALTIME" 'BEGIN { printf "%.2f", e - s }')
  used=$(awk -v a="$used" -v b="$(processor_time "$daemon")" 'BEGIN { printf "%.2f", b - a }')
  kill -INT "$sampler"
  wait "$sampler" || true
  unmount "$mountpoint"
  printf '\n%s: %s s, of the daemon %s s on processors\n' "$name" "$seconds" "$used"
  perf report --input "$folder/samples" --no-children --percent-limit 0.3 --stdio >"$reports/$name.txt" 2>/dev/null
  perf report --input "$folder/samples" --no-children --call-graph none --percent-limit 2 --stdio \
    --sort symbol 2>/dev/null | awk '!/^#/ && NF' | cut -c 1-130
  perf script --input "$folder/samples" --fields ip,sym,dso 2>/dev/null | python3 -m Benchmarks.profile shares |
    jq --arg name "$name" --argjson seconds "$seconds" --argjson processor "$used" \
      '{($name): (. + {seconds: $seconds, processor: $processor})}' >>"$folder/shares"
}

# Seconds that the process $1 has spent on processors.
processor_time() { awk -v ticks="$(getconf CLK_TCK)" '{ print ($14 + $15) / ticks }' "/proc/$1/stat"; }

member() { find "$latest" -maxdepth 1 -name 'AP_*.tar.md5'; }
copy_package() { cat "$latest"/*_fac.zip >/dev/null; }
copy_member() { cat "$(member)" >/dev/null; }
read_at_random() {
  fio --name=random --filename="$(find "$latest" -maxdepth 1 -name '*_fac.zip')" --readonly --rw=randread --bs=4k \
    --direct=1 --ioengine=psync --numjobs=4 --thread --time_based --runtime=5 --group_reporting --output="$folder/fio"
}

profile member-cold copy_member
profile member-warm copy_member
rm -rf "$folder/cache"
profile package-cold copy_package
profile package-warm copy_package
profile random-warm read_at_random
program=$(sha256sum "$binaries/fusfs" | cut -c 1-12)
jq --slurp --argjson size "$size" --arg program "$program" \
  '{size: $size, program: $program, works: add}' "$folder/shares" >"$reports/shares.json"
say
python3 -m Benchmarks.profile table "$reports/shares.json"
say "With callers: $reports/*.txt. make bench-page shows the table in docs/BENCHMARKS.md."
