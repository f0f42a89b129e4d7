#!/usr/bin/env bash
# matrix.sh FOLDER: makes packages with the tools of other makers in the new folder FOLDER: a few MiB that hold each way
# of packing at least once. FOLDER/KIND.zip all hold the same members; FOLDER/tree has every file as a mount shows it.
set -euo pipefail

mkdir -p "$1/tree" "$1/work"
cd "$1/work"
tree=$(realpath ../tree)

# Half noise and half text that repeats: neither all stored nor all matches. content NAME BYTES
content() {
  python3 - "$1" "$2" <<'END'
import random, sys
name, size = sys.argv[1], int(sys.argv[2])
made, generator = bytearray(), random.Random(name)
while len(made) < size:
    made += generator.randbytes(generator.randrange(1, 20000))
    made += (b"%d %s\n" % (generator.randrange(1000), name.encode())) * generator.randrange(1, 4000)
open(name, "wb").write(made[:size])
END
}

# Mostly empty, in blocks of 4096, as simg2img and large LZ4 blocks want it. hollow NAME BLOCKS
hollow() {
  python3 - "$1" "$2" <<'END'
import random, sys
name, blocks = sys.argv[1], int(sys.argv[2])
generator = random.Random(name)
with open(name, "wb") as file:
    for _ in range(blocks):
        kind = generator.randrange(12)
        file.write(generator.randbytes(4096) if kind == 0 else b"fill" * 1024 if kind == 1 else bytes(4096))
END
}

mkdir AP BL CP
cd AP
# One entry for each way of the lz4 tool. NAME:OPTIONS
for way in usual:-1 b4:-B4 b5:-B5 b6:-B6 b7:-B7 linked:-BD linked-small:-BD,-B4 checked:-BX sized:--content-size \
  unchecked:--no-frame-crc all:-B5,-BD,-BX,--content-size legacy:-l; do
  name=${way%%:*}.img
  case $way in
    b7* | legacy*) hollow "$name" 2400 ;;
    b6* | usual*) content "$name" 1200000 ;;
    *) content "$name" 300001 ;;
  esac
  IFS=, read -r -a options <<<"${way#*:}"
  lz4 -q "${options[@]}" "$name" "$name.lz4" </dev/null
done
content short.bin 1
lz4 -q short.bin short.bin.lz4
: >empty.bin
lz4 -q empty.bin empty.bin.lz4
# Concatenated frames, with one to skip between them.
content first.part 70000
content second.part 90001
lz4 -q first.part first.part.lz4 && lz4 -q -B4 second.part second.part.lz4
{ cat first.part.lz4 && printf '\x50\x2a\x4d\x18\x05\x00\x00\x00hello' && cat second.part.lz4; } >joined.img.lz4
cat first.part second.part >joined.img
rm ./*.part ./*.part.lz4
# Sparse, in LZ4 and by itself.
hollow expanded 700
img2simg expanded packed.img && lz4 -q --content-size packed.img packed.img.lz4 && cp expanded packed.raw.img
img2simg expanded bare.img && mv expanded bare.raw.img
mkdir -p meta-data/deep
content meta-data/fota.zip 4097
content meta-data/deep/notes.txt 513
content plain.bin 10240
cd ..

cp AP/sized.img AP/sized.img.lz4 AP/plain.bin BL
long=a-name-of-more-than-a-hundred-characters-which-needs-more-than-the-old-header-can-hold-in-its-first-field.bin
mkdir -p "BL/meta-data/$(printf 'd%.0s' {1..90})"
cp AP/plain.bin "BL/meta-data/$(printf 'd%.0s' {1..90})/split.bin"
cp AP/linked.img AP/linked.img.lz4 AP/plain.bin CP
cp AP/plain.bin "CP/$long"
cp AP/plain.bin "AP/$long"
cp AP/plain.bin "CP/Größe.bin"

# What a tar holds: not what is unpacked from it.
pack() {
  local folder=$1 member=$2 format=$3
  (cd "$folder" && find . -type f ! -name '*.raw.img' -printf '%P\n' | LC_ALL=C sort | while read -r file; do
    [ -e "$file.lz4" ] || echo "$file"
  done) >"$folder.list"
  tar --format="$format" --mtime='2021-09-08 07:15:32.25 UTC' --owner=0 --group=0 \
    -C "$folder" -cf "$member" -T "$folder.list"
}
pack AP AP_x.tar gnu
pack BL BL_x.tar ustar
pack CP CP_x.tar pax
for member in AP_x BL_x CP_x; do
  line=$(md5sum "$member.tar")
  echo "$line" | cat "$member.tar" - >"$member.tar.md5"
done
cp -r AP BL CP ./*.tar.md5 "$tree"

zip -q ../zip.zip ./*.tar.md5
zip -q -0 ../zip-stored.zip ./*.tar.md5
zip -q -fz ../zip-zip64.zip ./*.tar.md5
# To a pipe it cannot go back, so that sizes follow their members.
zip -q - ./*.tar.md5 | cat >../zip-streamed.zip
7z a -tzip -mm=Deflate -bso0 -bsp0 ../7z.zip ./*.tar.md5
python3 - <<'END'
import glob, zipfile
for kind, method, forced in [("stored", zipfile.ZIP_STORED, False), ("deflated", zipfile.ZIP_DEFLATED, False),
                             ("zip64", zipfile.ZIP_DEFLATED, True)]:
    with zipfile.ZipFile(f"../python-{kind}.zip", "w", method) as archive:
        archive.comment = b"a comment"
        for name in sorted(glob.glob("*.tar.md5")):
            information = zipfile.ZipInfo(name, (2021, 9, 8, 7, 15, 32))
            information.compress_type = method
            with archive.open(information, "w", force_zip64=forced) as member:
                member.write(open(name, "rb").read())
END
cd ..
rm -r work
