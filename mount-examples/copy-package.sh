#!/usr/bin/env bash
# Copies the newest package of a model and region out of a mount. A copy that was broken off goes on where it was;
# it bears the package's name only when size and SHA-256 are those of the mounted file.
set -euo pipefail

usage() {
  echo "usage: copy-package.sh MOUNTPOINT MODEL CSC DEST-FOLDER"
  echo "for example: copy-package.sh ~/fus SM-A207F SER ~/firmware"
}
die() {
  echo "copy-package.sh: $*" >&2
  exit 1
}

case ${1-} in -h | --help) usage && exit ;; esac
[ $# -eq 4 ] || { usage >&2 && exit 2; }
mountpoint=$1 model=$2 region=$3 destination=$4

[ -d "$mountpoint" ] || die "there is no folder $mountpoint"
mountpoint -q "$mountpoint" || die "nothing is mounted on $mountpoint: run 'fusfs $mountpoint' first"
[ -d "$destination" ] || die "there is no folder $destination"
latest=$mountpoint/$model/$region/latest
[ -d "$latest" ] || die "the server knows no release of $model for $region, or does not answer: try another CSC"

packages=("$latest"/*.zip)
package=${packages[0]}
[ -f "$package" ] || die "the release in $latest has no package"

# The name holds the release's own time and token: a part under this name is a part of this very package.
copy=$destination/${package##*/}
part=$copy.part
size=$(stat -c %s "$package")
# One that is too short was broken off under its own name, as by cp.
if [ -f "$copy" ] && [ ! -L "$copy" ] && [ ! -e "$part" ] && [ "$(stat -c %s "$copy")" -lt "$size" ]; then mv "$copy" "$part"; fi
done=0
[ ! -f "$part" ] || done=$(stat -c %s "$part")

if [ -f "$copy" ]; then
  echo "$copy is already here"
else
  room=$(($(df --output=avail -B1 "$destination" | tail -n 1)))
  [ "$room" -gt $((size - done)) ] || die "$destination has room for $room bytes, and $((size - done)) are to come"

  # Whole blocks only: dd cuts what lies beyond them.
  block=$((1 << 20))
  blocks=$((done / block))
  [ "$blocks" -eq 0 ] || echo "going on after $((blocks * block)) of $size bytes"
  dd if="$package" of="$part" bs="$block" skip="$blocks" seek="$blocks" conv=fsync status=progress
  [ "$(stat -c %s "$part")" -eq "$size" ] || die "$part is not $size bytes long: run this once more"
  copied=$part
fi

expected=$(sha256sum <"$package")
actual=$(sha256sum <"${copied:-$copy}")
[ "$actual" = "$expected" ] || die "${copied:-$copy} is not what the mount shows: remove it and run this once more"
[ -z "${copied-}" ] || mv "$part" "$copy"
echo "${actual%% *}  $copy"
