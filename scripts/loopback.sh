# shellcheck shell=bash
# An emulator on loopback and a mount of what it serves, for the scripts that need one. Sourced, not run.
#
# Gives $binaries and $folder (temporary; all that a script makes lies in it). Whatever way the script ends, mounts
# below $folder are unmounted, the processes that it started are ended by their ids, and $folder is removed.
export LC_ALL=C.UTF-8
binaries=${FUSFS_BINARIES:-$PWD/.build/release}
folder=$(mktemp -d "${TMPDIR:-/tmp}/fusfs.XXXXXX")
folder=$(realpath "$folder")

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

is_mounted() { grep -qF " $1 " /proc/self/mounts; }

# Unmounts the folder $1; by force where the daemon is gone or does not answer.
unmount() {
  is_mounted "$1" || return 0
  timeout 20 "$binaries/fusfs" unmount "$1" || fusermount3 -u -z -q "$1" || umount -l "$1"
}

# Ends the process $1, a child of this shell.
end_process() {
  kill "$1" 2>/dev/null || return 0
  timeout 10 tail --pid="$1" -s 0.05 -f /dev/null || kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

leave_nothing() {
  local mount process
  cd /
  # Readers first, then the mount, then the emulator behind it.
  for process in $(jobs -p); do [ "$process" = "${emulator-}" ] || end_process "$process"; done
  while read -r mount; do
    unmount "$mount" || true
  done < <(awk -v prefix="$folder/" 'index($2, prefix) == 1 { print $2 }' /proc/self/mounts)
  [ -z "${emulator-}" ] || end_process "$emulator"
  if grep -qF " $folder/" /proc/self/mounts; then
    say "Something in $folder could not be unmounted, so the folder is left there." >&2
    return 1
  fi
  # The daemon of a mount may close its cache a moment after the unmount.
  rm -rf "$folder" 2>/dev/null || { sleep 1 && rm -rf "$folder"; }
}

at_exit() {
  local status=$?
  leave_nothing
  exit "$status"
}
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# start_emulator RELEASE...: serves these release folders, the newest first; sets $url and $emulator, its process id.
start_emulator() {
  local release arguments=() lines
  for release; do arguments+=(--release "$release"); done
  mkfifo "$folder/emulator-url"
  "$binaries/fus-emulator" serve --port 0 "${arguments[@]}" >"$folder/emulator-url" 2>"$folder/emulator.log" &
  emulator=$!
  # Kept open, so that a later line of the emulator's does not end it.
  exec {lines}<"$folder/emulator-url"
  read -r -t 30 url <&"$lines" || die "the emulator did not start: $(tail -n 3 "$folder/emulator.log")"
  export url emulator
}

# mount_emulator MOUNTPOINT CACHE [OPTION...]: mounts what the emulator serves; ready when it returns.
mount_emulator() {
  local mountpoint=$1 cache=$2
  shift 2
  mkdir -p "$mountpoint"
  "$binaries/fusfs" "$mountpoint" --server-url "$url" --cdn-url "$url" --fota-url "$url" --cache-dir "$cache" "$@"
}
