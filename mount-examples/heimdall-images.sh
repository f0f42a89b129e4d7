#!/usr/bin/env bash
# Copies the PIT and the unpacked images of the newest release into a folder, as `heimdall flash` wants them, and shows
# which partition each is for. Nothing is flashed.
set -euo pipefail

usage() {
  echo "usage: heimdall-images.sh MOUNTPOINT MODEL CSC DEST-FOLDER [IMAGE…]"
  echo "for example: heimdall-images.sh ~/fus SM-A207F SER ~/images boot.img vbmeta.img"
  echo "Without IMAGE it copies every image of AP, BL, CP and CSC that the PIT names."
}
die() {
  echo "heimdall-images.sh: $*" >&2
  exit 1
}

case ${1-} in -h | --help) usage && exit ;; esac
[ $# -ge 4 ] || { usage >&2 && exit 2; }
mountpoint=$1 model=$2 region=$3 destination=$4
shift 4

command -v heimdall >/dev/null || die "heimdall is missing: install heimdall-flash"
[ -d "$mountpoint" ] || die "there is no folder $mountpoint"
mountpoint -q "$mountpoint" || die "nothing is mounted on $mountpoint: run 'fusfs $mountpoint' first"
[ -d "$destination" ] || die "there is no folder $destination"
latest=$mountpoint/$model/$region/latest
[ -d "$latest" ] || die "the server knows no release of $model for $region, or does not answer: try another CSC"

tables=("$latest"/CSC/*.pit)
[ -f "${tables[0]}" ] || die "the release's CSC has no PIT"
cp "${tables[0]}" "$destination"
table=$destination/${tables[0]##*/}

# PARTITION FILE, for each entry of the PIT that names a file.
names=$(heimdall print-pit --file "$table" |
  awk -F ': ' '$1 == "Partition Name" { name = $2 } $1 == "Flash Filename" && $2 != "" { print name, $2 }')
[ -n "$names" ] || die "${table##*/} names no file"
[ $# -gt 0 ] || mapfile -t wanted < <(cut -d ' ' -f 2 <<<"$names" | sort -u)
[ $# -eq 0 ] || wanted=("$@")

# Heimdall writes what it is given: it wants sparse images expanded.
for image in "${wanted[@]}"; do
  for folder in AP BL CP CSC; do
    for file in "$latest/$folder/${image%.img}.raw.img" "$latest/$folder/$image"; do
      [ -f "$file" ] || continue
      cp "$file" "$destination/$image"
      partition=$(awk -v file="$image" '$2 == file { print $1; exit }' <<<"$names")
      echo "--${partition:-?} $destination/$image"
      continue 3
    done
  done
  [ $# -eq 0 ] || die "the release has no $image"
done
