"""The cache's database as another program sees it."""

import contextlib
import json
import math
import sqlite3
from collections.abc import Iterator

from Benchmarks.processes import run

from .site import Site

_BLOCK = 256 << 10
_INDEX_BITS = 20
_GROUP_BITS = 6


@contextlib.contextmanager
def connected(site: Site) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing by itself."""
    with contextlib.closing(sqlite3.connect(site.database, timeout=10, isolation_level=None)) as database:
        yield database


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
    size = site.emulator.size
    expected = sum(min(_BLOCK, size - (key & (1 << _INDEX_BITS) - 1) * _BLOCK) for key in blocks)
    report = json.loads(run([site.binaries / "fusfs", "cache", "status", "--json", "--cache-dir", site.cache]))
    if report["block_bytes"] != expected:
        found.append(f"cache status says {report['block_bytes']} bytes, and there are {expected}")
    return found
