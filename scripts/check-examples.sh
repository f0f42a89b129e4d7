#!/usr/bin/env bash
# Runs what lies in mount-examples/ against an emulator on loopback, as its README says to.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/loopback.sh

model=SM-A207F
region=SER
mountpoint=$folder/fus
examples=$PWD/mount-examples

good() { say "ok: $*"; }
true_sum() { jq -re --arg path "$1" '.files[] | select(.path == $path).sha256' "$folder/release/truth.json"; }
sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

"$binaries/fus-emulator" make-release "$folder/release" \
  --model "$model" --region "$region" --version A207FXXU2CUI2 --size 32 >"$folder/make.log"
start_emulator "$folder/release"
mount_emulator "$mountpoint" "$folder/cache"

# copy-package.sh: whole, going on after a part of its own or of cp, and refusing what is not there.
mkdir "$folder/copies"
"$examples/copy-package.sh" "$mountpoint" "$model" "$region" "$folder/copies" >"$folder/copy.log" 2>&1
copies=("$folder"/copies/*.zip)
copy=${copies[0]}
[ "$(sum_of "$copy")" = "$(true_sum "${copy##*/}")" ] || die "copy-package.sh made another file"
for part in "$copy.part" "$copy"; do
  truncate -s 5000000 "$copy"
  [ "$part" = "$copy" ] || mv "$copy" "$part"
  "$examples/copy-package.sh" "$mountpoint" "$model" "$region" "$folder/copies" >"$folder/copy.log" 2>&1
  grep -q 'going on after 4194304 ' "$folder/copy.log" || die "copy-package.sh began anew: $(cat "$folder/copy.log")"
  [ "$(sum_of "$copy")" = "$(true_sum "${copy##*/}")" ] || die "copy-package.sh went on with another file"
done
if "$examples/copy-package.sh" "$mountpoint" SM-X999X "$region" "$folder/copies" >"$folder/copy.log" 2>&1; then
  die "copy-package.sh found a model that is not there"
fi
grep -q 'knows no release of SM-X999X' "$folder/copy.log" || die "copy-package.sh said: $(cat "$folder/copy.log")"
good copy-package.sh

# magisk-tar.sh: the three images, unpacked; and no second time over what is there.
"$examples/magisk-tar.sh" "$mountpoint" "$model" "$region" "$folder/magisk.tar" >"$folder/magisk.log" ||
  die "magisk-tar.sh failed"
mkdir "$folder/magisk"
tar -xf "$folder/magisk.tar" -C "$folder/magisk"
[ "$(cd "$folder/magisk" && echo *)" = "boot.img init_boot.img vbmeta.img" ] || die "magisk-tar.sh packed other files"
for image in boot.img init_boot.img vbmeta.img; do
  [ "$(sum_of "$folder/magisk/$image")" = "$(true_sum "AP/$image")" ] || die "magisk-tar.sh packed another $image"
done
if "$examples/magisk-tar.sh" "$mountpoint" "$model" "$region" "$folder/magisk.tar" 2>"$folder/magisk.log"; then
  die "magisk-tar.sh wrote over a file"
fi
good magisk-tar.sh

# heimdall-images.sh: the images that the PIT names, expanded; and one that is asked for.
mkdir "$folder/heimdall" "$folder/image"
"$examples/heimdall-images.sh" "$mountpoint" "$model" "$region" "$folder/heimdall" >"$folder/heimdall.log" ||
  die "heimdall-images.sh failed"
# All of it is read: heimdall must not meet a pipe that is closed.
heimdall print-pit --file "$folder/heimdall/${model}_EUR_OPEN.pit" | grep 'Flash Filename: boot.img' >/dev/null ||
  die "heimdall does not read the PIT that heimdall-images.sh copied"
[ "$(sum_of "$folder/heimdall/boot.img")" = "$(true_sum AP/boot.img)" ] || die "heimdall-images.sh: not boot.img"
[ "$(sum_of "$folder/heimdall/super.img")" = "$(true_sum AP/super.raw.img)" ] || die "heimdall-images.sh: not super.img"
grep -qF -- "--SUPER $folder/heimdall/super.img" "$folder/heimdall.log" || die "heimdall-images.sh did not name SUPER"
"$examples/heimdall-images.sh" "$mountpoint" "$model" "$region" "$folder/image" boot.img >"$folder/heimdall.log"
[ "$(cd "$folder/image" && echo *)" = "${model}_EUR_OPEN.pit boot.img" ] || die "heimdall-images.sh copied all"
good heimdall-images.sh

# compare-simg2img.sh
"$examples/compare-simg2img.sh" "$mountpoint" "$model" "$region" >"$folder/simg2img.log"
"$examples/compare-simg2img.sh" "$mountpoint" "$model" "$region" CSC/cache.img >"$folder/simg2img.log"
if "$examples/compare-simg2img.sh" "$mountpoint" "$model" "$region" AP/boot.img 2>"$folder/simg2img.log"; then
  die "compare-simg2img.sh takes an image that is not sparse"
fi
good compare-simg2img.sh

# loop-mount-system.sh: ext4 and EROFS.
if [ "$(id -u)" -eq 0 ] && losetup --find >/dev/null 2>&1; then
  mkdir "$folder/partition"
  for partition in system product; do
    "$examples/loop-mount-system.sh" "$mountpoint" "$model" "$region" "$folder/partition" "$partition" \
      >"$folder/loop.log"
    [ "$(stat -c %s "$folder/partition/build.prop")" -eq 6211 ] || die "loop-mount-system.sh mounts another $partition"
    umount "$folder/partition"
  done
  good loop-mount-system.sh
else
  say "skipped: loop-mount-system.sh (loop devices are not permitted here)"
fi

# config.toml: read without complaint, and outdone by arguments.
unmount "$mountpoint"
install -m 600 "$examples/config.toml" "$folder/config.toml"
mount_emulator "$mountpoint" "$folder/cache" --config "$folder/config.toml"
ls "$mountpoint/$model/$region" >/dev/null
unmount "$mountpoint"
good config.toml

# fstab: the line as it stands, but for the mount point, the emulator's addresses and where the program lies.
if [ "$(id -u)" -eq 0 ]; then
  here="cache-dir=$folder/cache,server-url=$url,cdn-url=$url,fota-url=$url"
  sed -e "s|^none |$binaries/fusfs#none |; s| fuse.fusfs | fuse |; s| /mnt/fus | $mountpoint |" \
    -e "s|,log-level=|,$here&|" "$examples/fstab" >"$folder/fstab"
  mount --fstab "$folder/fstab" "$mountpoint"
  is_mounted "$mountpoint" || die "the line of fstab mounts nothing"
  [ -d "$mountpoint/$model/$region/latest" ] || die "the line of fstab mounts something else"
  umount "$mountpoint"
  good fstab
else
  say "skipped: fstab (only root may mount by another fstab)"
fi

if command -v systemd-analyze >/dev/null; then
  sed "s|/usr/local/bin/fusfs|$binaries/fusfs|" "$examples/fusfs.service" >"$folder/fusfs.service"
  systemd-analyze verify --man=no "$folder/fusfs.service"
  good fusfs.service
else
  say "skipped: fusfs.service (no systemd-analyze here)"
fi
