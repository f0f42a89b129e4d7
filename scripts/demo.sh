#!/usr/bin/env bash
# Shows the whole path on this machine, and checks it: a firmware package on an emulated server, mounted, listed,
# copied, compared, unpacked, unmounted. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/loopback.sh

model=SM-A207F
region=SER
version=A207FXXU2CUI2
mountpoint=$folder/fus
release=$folder/release
checks=0

seconds_since() { awk -v start="$1" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.2f", end - start }'; }

heading() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || heading() { printf '\n%s\n' "$*"; }

# Runs the rest of its arguments, and says whether that went well and how long it took.
check() {
  local what=$1 start=$EPOCHREALTIME
  shift
  if "$@" >"$folder/check.log" 2>&1; then
    checks=$((checks + 1))
    printf '  ✓ %s (%s s)\n' "$what" "$(seconds_since "$start")"
  else
    printf '  ✗ %s\n' "$what"
    tail -n 20 "$folder/check.log"
    exit 1
  fi
}

# The SHA-256 of the release's file of this name, as its maker wrote it down.
true_sum() { jq -re --arg name "$1" '.files[] | select(.path == $name).sha256' "$release/truth.json"; }
true_size() { jq -re --arg name "$1" '.files[] | select(.path == $name).size' "$release/truth.json"; }
same_sum() { [ "$(sha256sum <"$2")" = "$(true_sum "$1")  -" ]; }
same_size() { [ "$(stat -c %s "$2")" -eq "$(true_size "$1")" ]; }
not_mounted() { ! is_mounted "$mountpoint"; }
ended() { ! kill -0 "$1" 2>/dev/null; }

# cp, with a line of progress where a person looks on.
copy() {
  local copying copied size start=$EPOCHREALTIME
  size=$(stat -c %s "$1")
  cp "$1" "$2" &
  copying=$!
  while [ -t 1 ] && kill -0 "$copying" 2>/dev/null; do
    copied=$(stat -c %s "$2" 2>/dev/null || echo 0)
    awk -v copied="$copied" -v size="$size" -v seconds="$(seconds_since "$start")" 'BEGIN {
      printf "\r  %3d %%  %d of %d MB  %d MB/s ", 100 * copied / size, copied / 1e6, size / 1e6,
        (seconds > 0 ? copied / seconds / 1e6 : 0) }'
    sleep 0.1
  done
  [ ! -t 1 ] || printf '\r\033[K'
  wait "$copying"
}

heading "A firmware package of about 200 MB, made here, on a server of our own"
check "package made: $model, region $region, version $version" \
  "$binaries/fus-emulator" make-release "$release" --model "$model" --region "$region" --version "$version" --size 200
start_emulator "$release"
say "  the emulator answers at $url"

heading "Mounted"
say "  \$ fusfs $mountpoint --server-url $url --cdn-url $url --fota-url $url --cache-dir $folder/cache"
check "the mount is ready when the command returns" mount_emulator "$mountpoint" "$folder/cache"

heading "What is in it"
say "  \$ ls $model/$region"
# shellcheck disable=SC2012 # shown as a person would see it
ls "$mountpoint/$model/$region" | sed 's/^/  /'
say "  \$ ls -l $model/$region/latest"
# shellcheck disable=SC2012
ls -l --time-style=long-iso "$mountpoint/$model/$region/latest" | sed 's/^/  /'

latest=$mountpoint/$model/$region/latest
packages=("$latest"/*_fac.zip)
zip=${packages[0]}
name=${zip##*/}
members=("$latest"/*.tar.md5)
member=$(stat -c '%s %n' "${members[@]}" | sort -n | sed -n '1s/^[0-9]* //p')

heading "Copied: fetched by ranges, decrypted as it is read"
say "  \$ cp $model/$region/latest/$name ."
start=$EPOCHREALTIME
copy "$zip" "$folder/$name"
printf '  %s bytes in %s s\n' "$(stat -c %s "$folder/$name")" "$(seconds_since "$start")"

heading "Checked"
check "the size is exact before a byte is read" same_size "$name" "$zip"
check "the copy's SHA-256 is the package's" same_sum "$name" "$folder/$name"
check "unzip -t finds every member sound, on the mount itself" unzip -tq "$zip"
check "${member##*/}, read as a file of its own, has its SHA-256" same_sum "${member##*/}" "$member"

heading "Inside: each image is a file, unpacked where it is read"
say "  \$ ls -l $model/$region/latest/AP"
# shellcheck disable=SC2012
ls -l --time-style=long-iso "$latest/AP" | sed 's/^/  /'
check "AP/boot.img, out of LZ4, tar, deflate and AES, has its SHA-256" same_sum AP/boot.img "$latest/AP/boot.img"
check "AP/super/system.img, a partition in super.img, has its size" \
  same_size AP/super/system.img "$latest/AP/super/system.img"
say "  it has $(stat -c %s "$latest/AP/super/system.img") bytes: a file system that the kernel can mount where it lies"

heading "Unmounted"
check "fusfs unmount" "$binaries/fusfs" unmount "$mountpoint"
check "nothing is mounted" not_mounted
end_process "$emulator"
check "the emulator has ended" ended "$emulator"
leave_nothing
trap - EXIT
say
say "All $checks checks are good, and $folder is removed."

cat <<'NEXT'

Next, with the real servers:
  make install PREFIX="$HOME/.local"          # ~/.local/bin/fusfs
  mkdir -p ~/fus && ~/.local/bin/fusfs ~/fus
  ls ~/fus/SM-S911U/XAA/latest/               # or any model and region code (CSC) of yours
  cp ~/fus/SM-S911U/XAA/latest/*_fac.zip .
  ~/.local/bin/fusfs unmount ~/fus
NEXT
