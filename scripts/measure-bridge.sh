#!/usr/bin/env bash
# Measures what stands between the kernel and a file system's bytes: the bridge beside C, and each of the settings that
# the kernel is given, taken away alone. For root; ROUNDS (5). Without arguments both parts; or: bridge, kernel,
# instructions.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
scripts/install-packages.sh bridge
rounds=${ROUNDS:-5}
folder=$(mktemp -d)
trap 'umount --lazy "$folder/mount" 2>/dev/null || true; rm -rf "$folder"' EXIT
null=$folder/null-file-system
bridge=$PWD/.build/release/bridge-null

read -ra flags < <(pkg-config --cflags --libs fuse3)
gcc -std=gnu17 -O2 -Wall -Wextra -Werror Benchmarks/null-file-system.c -o "$null" "${flags[@]}"
swift build --quiet -c release --static-swift-stdlib --product bridge-null

# measure WORKS NAME=PROGRAM[,SETTING...]...
measure() {
  local works=$1
  shift
  python3 -m Benchmarks.bridge --rounds "$rounds" --works "$works" "$@"
}

measure_bridge() {
  measure random-direct,random-buffered,sequential c="$null" bridge="$bridge"
}

measure_kernel() {
  measure sequential c="$null" read-ahead-128k="$null,read-ahead-kb=128" max-read-128k="$null,max-read=131072" \
    sync-read="$null,sync-read" background-12="$null,background=12" splice="$null,splice"
  measure sequential-again c="$null" drop-pages="$null,drop-pages" no-open="$null,no-open"
  measure random-direct,random-buffered c="$null" threads-2="$null,threads=2" threads-4="$null,threads=4" \
    threads-16="$null,threads=16" background-12="$null,background=12"
  measure open c="$null" no-open="$null,no-open"
  measure list,list-again c="$null" no-readdirplus="$null,no-readdirplus" readdirplus-auto="$null,readdirplus-auto" \
    cache-folders="$null,cache-folders" no-opendir="$null,no-opendir"
  measure lookup,lookup-two c="$null" serial-folders="$null,serial-folders"
  measure stat-again c="$null" forget="$null,forget"
}

# instructions_of PROGRAM READS: what it spends in its own mode from start to end, with so many reads of 4 KiB.
instructions_of() {
  local process=
  mkdir -p "$folder/mount"
  valgrind --tool=callgrind --callgrind-out-file="$folder/calls" "$1" "$folder/mount" $((1 << 30)) 2>"$folder/log" &
  process=$!
  timeout 60 bash -c "until mountpoint -q \"$folder/mount\"; do sleep 0.1; done"
  timeout 60 python3 -m Benchmarks.reader random "$folder/mount/file" "$2" 4096 >"$folder/reads"
  umount "$folder/mount"
  wait "$process"
  sed -n 's/.*Collected : //p' "$folder/log"
}

# What the daemon does for one read is the same on a busy machine too.
measure_instructions() {
  local program few many
  for program in "$null" "$bridge"; do
    few=$(instructions_of "$program" 1000)
    many=$(instructions_of "$program" 6000)
    echo "${program##*/}: $(((many - few) / 5000)) instructions a read of 4 KiB"
  done
}

[ $# -gt 0 ] || set -- bridge kernel
for part; do
  case $part in
  bridge | kernel | instructions) "measure_$part" ;;
  *)
    echo "measure-bridge.sh: there is no part $part" >&2
    exit 2
    ;;
  esac
done
