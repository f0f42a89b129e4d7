"""What the benchmark must know of the package: where its parts lie."""

import json
import struct
import zipfile
from pathlib import Path

from .processes import run

_GZIP_HEADER = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])


def true_file(release: Path, path: str) -> dict:
    """The size and SHA-256 of a file of the release, as its maker wrote them down."""
    files = json.loads((release / "truth.json").read_text())["files"]
    return next(file for file in files if file["path"] == path)


def largest_member(archive: Path) -> zipfile.ZipInfo:
    """The package's largest deflated member: AP."""
    with zipfile.ZipFile(archive) as opened:
        deflated = [info for info in opened.infolist() if info.compress_type == zipfile.ZIP_DEFLATED]
    return max(deflated, key=lambda info: info.file_size)


def write_as_gzip(archive: Path, member: zipfile.ZipInfo, destination: Path) -> None:
    """Writes a member's deflate stream, as it is, as a gzip file:

        | 1f 8b 08 00 | 0 0 0 0 | 00 ff | deflate stream | CRC-32 | size modulo 2^32 |
    """
    with archive.open("rb") as source, destination.open("wb") as target:
        source.seek(member.header_offset)
        header = source.read(30)
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        source.seek(name_length + extra_length, 1)
        target.write(_GZIP_HEADER)
        left = member.compress_size
        while left and (piece := source.read(min(left, 1 << 20))):
            target.write(piece)
            left -= len(piece)
        target.write(struct.pack("<II", member.CRC, member.file_size & 0xFFFF_FFFF))


def bytes_before_end(tools: Path, archive: Path, member: str, entry: str) -> int:
    """How many bytes of the package lie before the end of a tar entry of a member."""
    return int(run([tools / "compressed-end.py", archive, member, entry], limit=300))
