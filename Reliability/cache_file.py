"""The cache's database as another program sees it."""

import contextlib
import json
import math
import os
import shutil
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from Benchmarks.processes import run

from .site import Site

_BLOCK = 256 << 10
_PIECE = 4 << 10
"""Bytes that have a checksum of their own."""
_INDEX_BITS = 20
_GROUP_BITS = 6
_EXTENT = _BLOCK << _GROUP_BITS
_MOST_EXTENTS = 1 << 10
"""More than any trial has: a row that says so is damaged."""
_FRAME = (
    "PRAGMA user_version", "PRAGMA application_id", "SELECT sql FROM sqlite_schema ORDER BY name",
    "SELECT * FROM binary ORDER BY id", "SELECT * FROM block_group ORDER BY key", "SELECT * FROM stream ORDER BY id",
)
_BLOCKS = f"""
    SELECT block.key, size, extent, checksums
    FROM block JOIN block_group ON block_group.key = block.key >> {_GROUP_BITS}
    JOIN binary ON binary.id = block.key >> {_INDEX_BITS}
    WHERE present >> (block.key & {(1 << _GROUP_BITS) - 1}) & 1 AND extent BETWEEN 0 AND {_MOST_EXTENTS}
"""


@dataclass(frozen=True)
class Contents:
    """What the files of a cache hold in which SQLite finds nothing wrong."""

    frame: list[list[tuple]]
    """What has no checksum of its own: settings, tables, and the rows of binaries, groups and streams."""
    blocks: set[int]
    """The keys of those whose bytes are as their rows say."""


def contents(site: Site) -> Contents | None:
    """Of a cache that nobody uses, as who opens it next finds it; nothing if it cannot be used. A copy is looked at, since
    to open the database is to change it: what is in its log is recovered."""
    with tempfile.TemporaryDirectory(dir=site.folder) as folder:
        for file in site.cache.glob(f"{site.database.name}*"):
            # The index of the log is made anew.
            if not file.name.endswith("-shm"):
                shutil.copy(file, folder)
        copied = sqlite3.connect(Path(folder) / site.database.name)
        with contextlib.closing(copied) as database, contextlib.suppress(sqlite3.DatabaseError, FileNotFoundError):
            if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return None
            frame = [database.execute(query).fetchall() for query in _FRAME]
            rows = database.execute(_BLOCKS).fetchall()
            with (site.cache / "blocks.data").open("rb") as data:
                return Contents(frame, {key for key, *row in rows if _is_whole(data.fileno(), key, *row)})
    return None


def _is_whole(data: int, key: int, size: int, extent: int, checksums: bytes) -> bool:
    """Whether the block's bytes are as its row says: the CRC-32 of each piece, and then that of all these."""
    place = extent * _EXTENT + (key & (1 << _GROUP_BITS) - 1) * _BLOCK
    bytes_ = os.pread(data, _length(key, size), place)
    pieces = [zlib.crc32(bytes_[start:start + _PIECE]) for start in range(0, len(bytes_), _PIECE)]
    row = struct.pack(f"<{len(pieces)}I", *pieces)
    return checksums == row + struct.pack("<I", zlib.crc32(row))


def _length(key: int, size: int) -> int:
    """Bytes of a block of a binary of that size."""
    return max(0, min(_BLOCK, size - (key & (1 << _INDEX_BITS) - 1) * _BLOCK))


@contextlib.contextmanager
def connected(site: Site) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing by itself."""
    with contextlib.closing(sqlite3.connect(site.database, timeout=10, isolation_level=None)) as database:
        yield database


def block_range(site: Site, key: int) -> range:
    """The bytes of that block of the package as served."""
    start = (key & (1 << _INDEX_BITS) - 1) * _BLOCK
    return range(start, start + _length(key, site.emulator.size))


def block_count(site: Site) -> int:
    """Of the package as served."""
    return math.ceil(site.emulator.size / _BLOCK)


def version(site: Site) -> int:
    with connected(site) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def problems(site: Site) -> list[str]:
    """What is wrong with a cache that nobody uses, in words: damage, rows that do not fit, a report that lies."""
    found = []
    with connected(site) as database:
        said = [row[0] for row in database.execute("PRAGMA integrity_check")]
        blocks = {row[0] for row in database.execute("SELECT key FROM block")}
        groups = dict(database.execute("SELECT key, present FROM block_group"))
    if said != ["ok"]:
        found.append(f"the integrity check says {said[0]}")
    present = {
        (key << _GROUP_BITS) + bit
        for key, bits in groups.items() for bit in range(1 << _GROUP_BITS) if bits >> bit & 1}
    if present != blocks:
        found.append(f"{len(blocks - present)} blocks have rows alone, and {len(present - blocks)} bits alone")
    expected = sum(len(block_range(site, key)) for key in blocks)
    report = json.loads(run([site.binaries / "fusfs", "cache", "status", "--json", "--cache-dir", site.cache]))
    if report["block_bytes"] != expected:
        found.append(f"cache status says {report['block_bytes']} bytes, and there are {expected}")
    return found
