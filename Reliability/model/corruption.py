"""Another process that changes what the cache has kept."""

import contextlib
import random
import sqlite3
from pathlib import Path

TABLES = {
    "block": "checksums",
    "reply": "bytes",
    "fact": "bytes",
    "checkpoint": "window",
}
"""The tables of the database with the column in which a bit is inverted."""
DATA = "data"
"""The file of blocks."""
_PATIENCE = 10.0
"""Seconds to wait for a turn to write."""


def corrupt(cache: Path, table: str, rows: int, seed: int) -> int:
    """Inverts a bit in each of at most so many rows, or that many bits of the file of blocks; says how many it were.

    Raises sqlite3.OperationalError where the turn to write does not come in time.
    """
    chance = random.Random(seed)
    return _in_data(cache / "blocks.data", rows, chance) if table == DATA else _in_rows(cache, table, rows, chance)


def _in_rows(cache: Path, table: str, rows: int, chance: random.Random) -> int:
    file = f"file:{cache / 'blocks.sqlite'}?mode=rw"
    column = TABLES[table]
    with contextlib.closing(sqlite3.connect(file, uri=True, timeout=_PATIENCE, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        known = database.execute(f"SELECT rowid, {column} FROM {table} WHERE length({column}) > 0").fetchall()
        chosen = chance.sample(known, min(rows, len(known)))
        for row, value in chosen:
            changed = _with_a_bit_inverted(value, chance)
            database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, row))
        database.execute("COMMIT")
    return len(chosen)


def _with_a_bit_inverted(value: bytes, chance: random.Random) -> bytes:
    changed = bytearray(value)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _in_data(file: Path, bits: int, chance: random.Random) -> int:
    with file.open("r+b") as data:
        size = data.seek(0, 2)
        for _ in range(bits if size else 0):
            place = chance.randrange(size)
            data.seek(place)
            byte = data.read(1)
            data.seek(place)
            data.write(_with_a_bit_inverted(byte, chance))
    return bits if size else 0
