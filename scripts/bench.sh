#!/usr/bin/env bash
# Measures fusfs beside other file systems and what the machine allows: see Benchmarks/README.md. QUICK=1 takes some
# minutes and writes below .build/bench; SIZE (MiB) and ROUNDS change the measure. --page only writes the page anew.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 TMPDIR=${TMPDIR:-/var/tmp}

options=()
[ "${QUICK:-0}" = 0 ] || options+=(--quick)
[ -z "${SIZE-}" ] || options+=(--size "$SIZE")
[ -z "${ROUNDS-}" ] || options+=(--rounds "$ROUNDS")
peers=$PWD/.build/peers
[ "${1-}" = --page ] || scripts/install-asgard.sh "$peers"
exec python3 -m Benchmarks --binaries "${FUSFS_BINARIES:-$PWD/.build/release}" --peers "$peers" "${options[@]}" "$@"
