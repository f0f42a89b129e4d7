#!/usr/bin/env bash
# unpack-release.sh RELEASE TREE: decrypts the release in the folder RELEASE and unpacks it with other makers' tools
# down to its partitions; each file lies in the new folder TREE where truth.json names it.
set -euo pipefail

release=$(realpath "$1")
tools=$(realpath "$(dirname "$0")")
mkdir "$2"
cd "$2"

cp "$release"/*.enc4 .
package=$(echo *.enc4)
key=$(python3 - "$release/release.json" <<'END'
import hashlib, json, sys
release = json.load(open(sys.argv[1]))
version = release["version"]
picked = "".join(version[ord(c) & 15] for c in release["logic_value_factory"])
print(hashlib.md5(picked.encode()).hexdigest())
END
)
openssl enc -d -aes-128-ecb -K "$key" -in "$package" -out "${package%.enc4}"
unzip -q "${package%.enc4}"

for member in *.tar.md5; do
  case $member in HOME_CSC_*) folder=HOME_CSC ;; *) folder=${member%%_*} ;; esac
  mkdir "$folder"
  tar -xf "$member" -C "$folder"
done
find . -name '*.lz4' | while read -r file; do lz4 -q -d "$file" "${file%.lz4}" </dev/null; done
find . -name '*.img' | while read -r image; do
  [ "$(head -c 4 "$image" | od -An -tx1 | tr -d ' ')" != 3aff26ed ] || simg2img "$image" "${image%.img}.raw.img"
done
if [ -f AP/super.raw.img ]; then
  mkdir AP/super
  python3 "$tools/partitions.py" AP/super.raw.img AP/super
fi
