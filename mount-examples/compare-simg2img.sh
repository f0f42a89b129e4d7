#!/usr/bin/env bash
# Expands a sparse image of the newest release by simg2img, and compares that with the expanded image in the mount:
# a check of fusfs by another maker's tool.
set -euo pipefail

usage() {
  echo "usage: compare-simg2img.sh MOUNTPOINT MODEL CSC [IMAGE]"
  echo "for example: compare-simg2img.sh ~/fus SM-A207F SER AP/super.img"
}
die() {
  echo "compare-simg2img.sh: $*" >&2
  exit 1
}

case ${1-} in -h | --help) usage && exit ;; esac
[ $# -eq 3 ] || [ $# -eq 4 ] || { usage >&2 && exit 2; }
mountpoint=$1 model=$2 region=$3 image=${4-AP/super.img}

command -v simg2img >/dev/null || die "simg2img is missing: install android-sdk-libsparse-utils"
[ -d "$mountpoint" ] || die "there is no folder $mountpoint"
mountpoint -q "$mountpoint" || die "nothing is mounted on $mountpoint: run 'fusfs $mountpoint' first"
latest=$mountpoint/$model/$region/latest
[ -d "$latest" ] || die "the server knows no release of $model for $region, or does not answer: try another CSC"
expanded=$latest/${image%.img}.raw.img
[ -f "$latest/$image" ] || die "the release has no $image"
[ -f "$expanded" ] || die "$image is not sparse"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
simg2img "$latest/$image" "$folder/expanded"
cmp "$folder/expanded" "$expanded" || die "simg2img makes something else of $image"
echo "$(stat -c %s "$expanded") bytes: simg2img's $image is ${expanded##*/}"
