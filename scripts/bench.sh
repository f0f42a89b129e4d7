#!/usr/bin/env bash
# Measures fusfs beside other file systems and what the machine allows: see Benchmarks/README.md. QUICK=1 takes some
# minutes and writes below .build/bench; SCALE=1 measures releases of 1, 4 and 10 GiB; SIZE (MiB) and ROUNDS change the
# measure; RESUME=1 goes on with a run that was interrupted; RELEASES=DIR keeps the releases for other runs. --page only
# writes the page anew.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 TMPDIR=${TMPDIR:-/var/tmp}

options=()
[ "${QUICK:-0}" = 0 ] || options+=(--quick)
[ "${SCALE:-0}" = 0 ] || options+=(--scale)
[ "${RESUME:-0}" = 0 ] || options+=(--resume)
[ -z "${SIZE-}" ] || options+=(--size "$SIZE")
[ -z "${ROUNDS-}" ] || options+=(--rounds "$ROUNDS")
[ -z "${RELEASES-}" ] || options+=(--releases "$RELEASES")
peers=$PWD/.build/peers
[ "${1-}" = --page ] || [ "${SCALE:-0}" != 0 ] || scripts/install-asgard.sh "$peers"
exec python3 -m Benchmarks --binaries "${FUSFS_BINARIES:-$PWD/.build/release}" --peers "$peers" "${options[@]}" "$@"
