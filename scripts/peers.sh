#!/usr/bin/env bash
# Points asgard-fus, a firmware client that others wrote, at an emulated server, and compares what it finds and
# fetches with what the release's maker wrote down. What it installs lies in .build/peers and is used again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/loopback.sh

model=SM-A207F
region=SER
version=A207FXXU2CUI2
release=$folder/release
peers=$PWD/.build/peers

# Runs asgard with its settings in the temporary folder.
asgard() {
  XDG_CONFIG_HOME=$folder timeout 300 "$peers/bin/python" Tests/peers/asgard_on_loopback.py "$url" "$@"
}

true_value() { jq -re --arg path "$1" ".files[] | select(.path == \$path).$2" "$release/truth.json"; }

# same WHAT FILE PATH: FILE is byte for byte the release's file PATH.
same() {
  [ "$(stat -c %s "$2")" = "$(true_value "$3" size)" ] || die "$1: the size is not that of $3"
  [ "$(sha256sum <"$2")" = "$(true_value "$3" sha256)  -" ] || die "$1: the bytes are not those of $3"
  say "  ✓ $1: $3"
}

scripts/install-asgard.sh "$peers"
say "asgard-fus $("$peers/bin/python" -c 'import asgard; print(asgard.__version__)') against the emulator"

"$binaries/fus-emulator" make-release "$release" --model $model --region $region --version $version --size 64 \
  >"$folder/make-release.log"
start_emulator "$release"
package=$(jq -re .binary_name "$release/release.json")
plain=${package%.enc4}
ap=$(jq -re .members.DEVICE_PDA_CODE1_FILE "$release/release.json")

latest=$(asgard checkupdate $model $region --quiet)
[ "$latest" = "$(jq -re .version "$release/release.json")" ] || die "checkupdate says $latest"
say "  ✓ checkupdate: $latest"

asgard download $model $region --list-entries --json --quiet >"$folder/entries.json"
jq -re '.. | .name? // empty' "$folder/entries.json" | sort >"$folder/entries"
jq -re '.files[].path | select(contains("/") | not)' "$release/truth.json" |
  grep -vxF -e "$package" -e "$plain" | sort >"$folder/members"
cmp "$folder/entries" "$folder/members" || die "list-entries does not name the package's members"
say "  ✓ list-entries: $(wc -l <"$folder/members") members"

mkdir "$folder/got"
asgard download $model $region --decrypt --quiet -o "$folder/got" >"$folder/asgard.log"
same "download, decrypted" "$folder/got/$plain" "$plain"

asgard download $model $region --archive "$ap" --file boot.img.lz4 --quiet -o "$folder/got" >"$folder/asgard.log"
same "one image out of AP, unpacked" "$folder/got/boot.img" AP/boot.img

asgard download $model $region --archive "$ap" --partition vendor --quiet -o "$folder/got" >"$folder/asgard.log"
same "one partition out of super" "$folder/got/vendor.img" AP/super/vendor.img

refusals=$(curl -fsS "${url}emulator/refusals")
[ "$refusals" = "[]" ] || die "the emulator refused requests: $refusals"
say "  ✓ no request was refused"
