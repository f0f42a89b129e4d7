"""A cache that another version of the program has written, or writes while this one uses it."""

import fcntl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.emulator import MODEL, REGION
from Benchmarks.processes import BenchError, eventually, run

from .cache_file import block_count, connected, problems, version
from .outcome import Faulted
from .site import SLACK, Reading, Site, beside, in_words, standing

MOMENTS = ("before a mount", "while mounted", "made anew while mounted")
"""When the file gets another version: before it is mounted; in the middle of a copy, its rows as they were; there too,
by another program that puts a file of its own in its place."""
STEPS = {"older": -1, "newer": 1}
_RATE = "4M"
_PAUSE_AT = 4 << 20
_SETTLED = 1.5
"""Seconds after which nothing is on its way to the cache."""
_NOTICED = 13.5 + SLACK
"""Seconds after which the log must name the version: what failed is tried again each ten."""


@dataclass
class VersionTrial(Faulted):
    """What came of it."""

    which: str
    moment: str
    said: str = ""
    """The first line or message that names the version."""
    faults: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"versions: {self.which}, {self.moment}"

    def __str__(self) -> str:
        return f"{self.name}: {self.said or 'nothing said'}"


def trials() -> list[VersionTrial]:
    return [VersionTrial(which, moment) for which in STEPS for moment in MOMENTS]


def run_trial(trial: VersionTrial, binaries: Path, release: Path, folder: Path) -> VersionTrial:
    """Whatever the version: what is read is right, what is newer is left alone, what is older is made anew."""
    try:
        with standing(binaries, release, folder) as site:
            site.mount()
            if trial.moment == "before a mount":
                _before(trial, site)
            else:
                _meanwhile(trial, site)
    except Exception as error:  # Whatever it is: the other trials go on.
        trial.faults.append(in_words(error))
    return trial


def _before(trial: VersionTrial, site: Site) -> None:
    _judge(trial, site, Reading(site.package))
    eventually(lambda: len(site.committed_blocks()) == block_count(site), 30, "all blocks in the cache")
    site.unmount()
    other = version(site) + STEPS[trial.which]
    _set_version(site, other)
    if trial.which == "newer":
        before = _bytes(site)
        _await_refusals(trial, site, other)
        if _bytes(site) != before:
            trial.faults.append("a newer cache was changed")
        return
    site.mount()
    _await_line(trial, site, other)
    _judge(trial, site, Reading(site.package))
    _finish(trial, site, other)


def _meanwhile(trial: VersionTrial, site: Site) -> None:
    site.emulator.set(f"rate={_RATE}\n")
    reading = Reading(site.package, _PAUSE_AT)
    reading.await_pause()
    time.sleep(_SETTLED)
    other = version(site) + STEPS[trial.which]
    if trial.moment == "while mounted":
        _set_version(site, other)
    else:
        _make_anew(site, other)
    site.emulator.set("rate=off\n")
    before = _rows(site)
    _judge(trial, site, reading)
    _judge(trial, site, Reading(site.package, fresh=True))
    _await_line(trial, site, other)
    with beside(site) as second:
        if trial.which == "newer":
            _await_refusals(trial, second, other)
            if _rows(site) != before:
                trial.faults.append("a newer cache was changed")
        else:
            second.mount()
            _judge(trial, second, Reading(second.package))
            second.unmount()
    _judge(trial, site, Reading(site.package, fresh=True))
    _finish(trial, site, other)


def _finish(trial: VersionTrial, site: Site, other: int) -> None:
    site.unmount()
    if trial.which == "newer":
        if version(site) != other:
            trial.faults.append("a newer cache was made anew")
    elif version(site) == other:
        trial.faults.append("an older cache was not made anew")
    else:
        trial.faults += problems(site)


def _await_line(trial: VersionTrial, site: Site, other: int) -> None:
    """The log names the version, and does not call damaged what is only another's."""
    words = f"version {other}"
    lines: list[str] = []

    def is_named() -> bool:
        lines[:] = site.log.read_text(errors="replace").splitlines()
        return any(words in line for line in lines)

    try:
        eventually(is_named, _NOTICED, f"{words} in the log")
        trial.said = next(line for line in lines if words in line).partition(" ")[2].replace(str(site.folder), "…")
    except BenchError as error:
        trial.faults.append(str(error))
    if any("damaged" in line for line in lines):
        trial.faults.append("the log speaks of damage")


def _await_refusals(trial: VersionTrial, site: Site, other: int) -> None:
    """Whatever opens the cache refuses it and says why."""
    program, cache = site.binaries / "fusfs", ("--cache-dir", site.cache)
    commands: list[Sequence[str | Path]] = [
        [program, site.path, *site.client], [program, "fetch", f"{MODEL}/{REGION}", *site.client],
        [program, "cache", "trim", "1M", *cache], [program, "cache", "status", *cache],
    ]
    for command in commands:
        words = " ".join(map(str, command[1:3]))
        try:
            run(command, 30)
            trial.faults.append(f"{words} does not refuse a newer cache")
        except BenchError as error:
            if f"version {other}" not in str(error):
                trial.faults.append(f"{words}: {error}")
            elif not trial.said:
                trial.said = str(error).partition("fusfs: ")[2]


def _set_version(site: Site, other: int) -> None:
    with connected(site) as database:
        database.execute(f"PRAGMA user_version = {other}")


def _make_anew(site: Site, other: int) -> None:
    """As a program of that version does: under the lock, with tables of its own."""
    with connected(site) as database:
        application = database.execute("PRAGMA application_id").fetchone()[0]
    blocks = site.cache / "blocks.data"
    with (site.cache / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in (site.database, Path(f"{site.database}-wal"), Path(f"{site.database}-shm"), blocks):
            path.unlink(missing_ok=True)
        for path in (blocks, site.database):
            path.touch(0o600, exist_ok=False)
        with connected(site) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA application_id = {application}")
            database.execute("CREATE TABLE of_another_version(value)")
            database.execute("INSERT INTO of_another_version VALUES('kept')")
            database.execute(f"PRAGMA user_version = {other}")


def _rows(site: Site) -> list[tuple]:
    """What a program of the other version would find."""
    with connected(site) as database:
        tables = sorted(row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"))
        kept = "of_another_version" if "of_another_version" in tables else "block"
        return [tuple(tables), *database.execute(f"SELECT * FROM {kept} ORDER BY 1")]


def _bytes(site: Site) -> list[bytes]:
    return [path.read_bytes() for path in (site.database, site.cache / "blocks.data")]


def _judge(trial: VersionTrial, site: Site, reading: Reading) -> None:
    """Of the package."""
    if wrong := site.mistake(reading.finish(90), site.sha256):
        trial.faults.append(f"a copy: {wrong}")
