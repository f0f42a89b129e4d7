#!/usr/bin/env bash
# Pulls one entry out of one of the package's tar files through a mount. What lies behind it is never fetched.
set -euo pipefail

usage() {
  echo "usage: pull-tar-member.sh MOUNTPOINT MODEL CSC BL|AP|CP|CSC|HOME_CSC|USERDATA ENTRY DEST-FILE"
  echo "for example: pull-tar-member.sh ~/fus SM-A207F SER AP boot.img.lz4 ~/boot.img.lz4"
}
die() {
  echo "pull-tar-member.sh: $*" >&2
  exit 1
}

case ${1-} in -h | --help) usage && exit ;; esac
[ $# -eq 6 ] || { usage >&2 && exit 2; }
mountpoint=$1 model=$2 region=$3 member=$4 entry=$5 destination=$6

[ -d "$mountpoint" ] || die "there is no folder $mountpoint"
mountpoint -q "$mountpoint" || die "nothing is mounted on $mountpoint: run 'fusfs $mountpoint' first"
[ ! -e "$destination" ] || die "$destination is already there"
latest=$mountpoint/$model/$region/latest
[ -d "$latest" ] || die "the server knows no release of $model for $region, or does not answer: try another CSC"

tars=("$latest/${member}_"*.tar.md5)
tar=${tars[0]}
[ -f "$tar" ] || die "the release has no $member: it has $(cd "$latest" && echo *.tar.md5)"

part=$destination.part
trap 'rm -f "$part"' EXIT
tar --extract --to-stdout --occurrence=1 --file "$tar" -- "$entry" >"$part" ||
  die "${tar##*/} has no entry $entry, or could not be read to where it lies; 'tar -tf $tar' lists all of it"
mv "$part" "$destination"
trap - EXIT
echo "$(stat -c %s "$destination") bytes: $destination"
