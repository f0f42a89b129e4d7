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

# copy-package.sh: whole, going on after a part, and refusing what is not there.
mkdir "$folder/copies"
"$examples/copy-package.sh" "$mountpoint" "$model" "$region" "$folder/copies" >"$folder/copy.log" 2>&1
copies=("$folder"/copies/*.zip)
copy=${copies[0]}
[ "$(sum_of "$copy")" = "$(true_sum "${copy##*/}")" ] || die "copy-package.sh made another file"
head -c 5000000 "$copy" >"$copy.part"
rm "$copy"
"$examples/copy-package.sh" "$mountpoint" "$model" "$region" "$folder/copies" >"$folder/copy.log" 2>&1
grep -q 'going on after 4194304 ' "$folder/copy.log" || die "copy-package.sh began anew: $(cat "$folder/copy.log")"
[ "$(sum_of "$copy")" = "$(true_sum "${copy##*/}")" ] || die "copy-package.sh went on with another file"
if "$examples/copy-package.sh" "$mountpoint" SM-X999X "$region" "$folder/copies" >"$folder/copy.log" 2>&1; then
  die "copy-package.sh found a model that is not there"
fi
grep -q 'knows no release of SM-X999X' "$folder/copy.log" || die "copy-package.sh said: $(cat "$folder/copy.log")"
good copy-package.sh

# pull-tar-member.sh
"$examples/pull-tar-member.sh" "$mountpoint" "$model" "$region" BL sboot.bin.lz4 "$folder/entry" >"$folder/pull.log" ||
  die "pull-tar-member.sh failed"
[ "$(sum_of "$folder/entry")" = "$(true_sum BL/sboot.bin.lz4)" ] || die "pull-tar-member.sh made another file"
if "$examples/pull-tar-member.sh" "$mountpoint" "$model" "$region" BL no-such-entry "$folder/none" 2>"$folder/pull.log"
then
  die "pull-tar-member.sh found an entry that is not there"
fi
left=("$folder"/none*)
[ ! -e "${left[0]}" ] || die "pull-tar-member.sh left ${left[0]} behind"
good pull-tar-member.sh

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
