"""Which blocks a cache must go on having."""

import os
import sqlite3
import struct
import tempfile
import unittest
import zlib
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

from Reliability.cache_file import contents

_BLOCK = 256 << 10
_BINARY = 5
_SIZE = 70 * _BLOCK + 5000
_KEPT = (0, 3, 64, 70)
"""Blocks of two groups, the last a short one."""


def _row(bytes_: bytes) -> bytes:
    pieces = b"".join(struct.pack("<I", zlib.crc32(bytes_[at:at + 4096])) for at in range(0, len(bytes_), 4096))
    return pieces + struct.pack("<I", zlib.crc32(pieces))


class ContentsTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        cache = Path(folder.name) / "cache"
        cache.mkdir()
        self.site = SimpleNamespace(folder=Path(folder.name), cache=cache, database=cache / "blocks.sqlite")
        self.data = cache / "blocks.data"
        groups = {group: (extent, 0) for group, extent in ((0, 1), (1, 0))}
        with closing(sqlite3.connect(self.site.database)) as database, self.data.open("wb") as data:
            database.execute("CREATE TABLE binary(id INTEGER PRIMARY KEY, size INTEGER)")
            database.execute("CREATE TABLE block(key INTEGER PRIMARY KEY, checksums BLOB)")
            database.execute("CREATE TABLE block_group(key INTEGER PRIMARY KEY, present INTEGER, extent INTEGER)")
            database.execute("CREATE TABLE stream(id INTEGER PRIMARY KEY)")
            database.execute("INSERT INTO binary VALUES (?, ?)", (_BINARY, _SIZE))
            for index in _KEPT:
                bytes_ = os.urandom(min(_BLOCK, _SIZE - index * _BLOCK))
                extent, present = groups[index // 64]
                groups[index // 64] = extent, present | 1 << index % 64
                data.seek((extent * 64 + index % 64) * _BLOCK)
                data.write(bytes_)
                database.execute("INSERT INTO block VALUES (?, ?)", ((_BINARY << 20) + index, _row(bytes_)))
            for group, (extent, present) in groups.items():
                database.execute("INSERT INTO block_group VALUES (?, ?, ?)", ((_BINARY << 14) + group, present, extent))
            database.commit()

    def indices(self) -> list[int]:
        return sorted(key & (1 << 20) - 1 for key in contents(self.site).blocks)

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.site.database)) as database:
            database.execute(statement)
            database.commit()

    def test_whole_blocks_are_found_and_looking_changes_nothing(self) -> None:
        before = self.site.database.read_bytes()
        self.assertEqual(self.indices(), list(_KEPT))
        self.assertEqual(self.site.database.read_bytes(), before)
        self.assertEqual({each.name for each in self.site.folder.iterdir()}, {"cache"})

    def test_what_the_log_of_a_killed_program_holds_counts(self) -> None:
        # Who has not closed the database leaves its log.
        database = sqlite3.connect(self.site.database)
        self.addCleanup(database.close)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("DELETE FROM block WHERE key & 1")
        database.commit()
        self.assertEqual(self.indices(), [0, 64, 70])

    def test_blocks_with_other_bytes_are_left_out(self) -> None:
        with self.data.open("r+b") as data:
            data.seek((64 + 3) * _BLOCK + 70_000)
            data.write(b"\0\0\0\0\0\0\0\0")
        self.assertEqual(self.indices(), [0, 64, 70])
        os.truncate(self.data, 64 * _BLOCK)
        self.assertEqual(self.indices(), [64, 70])

    def test_blocks_that_their_group_does_not_have_are_left_out(self) -> None:
        self.change(f"UPDATE block_group SET present = present & ~8 WHERE key = {_BINARY << 14}")
        self.assertEqual(self.indices(), [0, 64, 70])

    def test_rows_without_a_checksum_are_compared_with_what_they_were(self) -> None:
        before = contents(self.site)
        self.change("UPDATE block SET checksums = x'00' WHERE key & 1")
        self.assertEqual(contents(self.site).frame, before.frame)
        self.change("UPDATE binary SET size = size + 1")
        self.assertNotEqual(contents(self.site).frame, before.frame)

    def test_nothing_is_demanded_of_damaged_files(self) -> None:
        bytes_ = bytearray(self.site.database.read_bytes())
        bytes_[4096:8192] = bytes(4096)
        self.site.database.write_bytes(bytes_)
        self.assertIsNone(contents(self.site))
        self.site.database.write_bytes(b"")
        self.assertIsNone(contents(self.site))

    def test_nothing_is_demanded_without_the_file_of_blocks(self) -> None:
        self.data.unlink()
        self.assertIsNone(contents(self.site))


if __name__ == "__main__":
    unittest.main()
