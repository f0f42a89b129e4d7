#!/usr/bin/env bash
# Packs what Magisk patches (boot.img, init_boot.img, vbmeta.img, as far as the release has them) into a tar. Of the
# package no more is fetched than what lies before the last of them.
set -euo pipefail

usage() {
  echo "usage: magisk-tar.sh MOUNTPOINT MODEL CSC DEST.tar"
  echo "for example: magisk-tar.sh ~/fus SM-A207F SER ~/magisk.tar"
}
die() {
  echo "magisk-tar.sh: $*" >&2
  exit 1
}

case ${1-} in -h | --help) usage && exit ;; esac
[ $# -eq 4 ] || { usage >&2 && exit 2; }
mountpoint=$1 model=$2 region=$3 destination=$4

[ -d "$mountpoint" ] || die "there is no folder $mountpoint"
mountpoint -q "$mountpoint" || die "nothing is mounted on $mountpoint: run 'fusfs $mountpoint' first"
[ ! -e "$destination" ] || die "$destination is already there"
latest=$mountpoint/$model/$region/latest
[ -d "$latest" ] || die "the server knows no release of $model for $region, or does not answer: try another CSC"
[ -d "$latest/AP" ] || die "the release has no AP"

images=()
for image in boot.img init_boot.img vbmeta.img; do
  [ ! -f "$latest/AP/$image" ] || images+=("$image")
done
[ ${#images[@]} -gt 0 ] || die "the release has none of boot.img, init_boot.img, vbmeta.img"

# Magisk's app wants the plain old format.
part=$destination.part
trap 'rm -f "$part"' EXIT
tar --create --format=ustar --owner=0 --group=0 --numeric-owner --file "$part" --directory "$latest/AP" "${images[@]}"
mv "$part" "$destination"
trap - EXIT
tar --list --verbose --file "$destination"
