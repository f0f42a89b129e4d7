#!/usr/bin/env python3
"""compressed-end.py ZIP MEMBER ENTRY: how many bytes of the ZIP lie before the end of a tar entry of a member."""

import struct
import sys
import tarfile
import zipfile
import zlib

path, member_start, entry = sys.argv[1:]
archive = zipfile.ZipFile(path)
member = next(info for info in archive.infolist() if info.filename.startswith(member_start))
with archive.open(member) as opened, tarfile.open(fileobj=opened, mode="r|") as tar:
    found = next(info for info in tar if info.name == entry)
    end = found.offset_data + found.size

with open(path, "rb") as file:
    file.seek(member.header_offset)
    header = file.read(30)
    start = member.header_offset + 30 + sum(struct.unpack("<HH", header[26:30]))
    if member.compress_type == zipfile.ZIP_STORED:
        print(start + end)
        sys.exit()
    file.seek(start)
    inflater, produced, consumed = zlib.decompressobj(-15), 0, 0
    while produced < end:
        piece = file.read(4096)
        consumed += len(piece)
        produced += len(inflater.decompress(piece))
    print(start + consumed)
