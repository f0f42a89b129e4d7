#!/usr/bin/env bash
# Mounts a logical partition of the newest release, read-only, by the kernel: nothing is copied, and only what is looked
# at is fetched. Needs root.
set -euo pipefail

usage() {
  echo "usage: loop-mount-system.sh MOUNTPOINT MODEL CSC FOLDER [PARTITION]"
  echo "for example: loop-mount-system.sh ~/fus SM-A207F SER /mnt/system"
  echo "PARTITION is system, vendor, product, …: one of those in AP/super; system where nothing is said."
  echo "'umount FOLDER' ends it; that comes before 'fusfs unmount MOUNTPOINT'."
}
die() {
  echo "loop-mount-system.sh: $*" >&2
  exit 1
}

case ${1-} in -h | --help) usage && exit ;; esac
[ $# -eq 4 ] || [ $# -eq 5 ] || { usage >&2 && exit 2; }
mountpoint=$1 model=$2 region=$3 folder=$4 partition=${5-system}

[ "$(id -u)" -eq 0 ] || die "only root may mount an image; fusfs has to be mounted by root too, or with -o allow_root"
[ -d "$mountpoint" ] || die "there is no folder $mountpoint"
mountpoint -q "$mountpoint" || die "nothing is mounted on $mountpoint: run 'fusfs $mountpoint' first"
[ -d "$folder" ] || die "there is no folder $folder"
! mountpoint -q "$folder" || die "something is mounted on $folder already"
latest=$mountpoint/$model/$region/latest
[ -d "$latest" ] || die "the server knows no release of $model for $region, or does not answer: try another CSC"

# Older phones have no super: their system is an image of its own, sparse as a rule.
for image in "$latest/AP/super/$partition.img" "$latest/AP/$partition.raw.img" "$latest/AP/$partition.img"; do
  [ ! -f "$image" ] || break
done
[ -f "$image" ] || die "the release has no partition $partition: it has $(cd "$latest/AP/super" && echo *.img)"

# The kernel finds out whether it is ext4, EROFS or F2FS. Nothing may replay a journal: the image cannot be written.
type=$(blkid -p -s TYPE -o value "$image") || die "${image##*/} holds no file system"
# A phone's set-user-ID programs and devices are none of this machine's.
options=ro,nosuid,nodev,loop
[ "$type" != ext4 ] || options=$options,noload
mount -t "$type" -o "$options" "$image" "$folder"
echo "$folder: $partition, $type, $(df --output=used -B1M "$folder" | tail -n 1 | tr -d ' ') MiB"
