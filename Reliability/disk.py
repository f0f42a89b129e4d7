"""The disk under the cache fails while the cache is mounted and read."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.processes import eventually

from .cache_file import block_count
from .disk_faults import FAULTS, Disk, DiskFault, NotRun
from .matrix import EXACT
from .outcome import Faulted
from .site import LATE, READ_TIMEOUT, SLACK, Reading, Site, in_words, standing

MOMENTS = ("before a read", "in a copy")
"""When it begins to fail: before anything was read; when a third of a copy has come."""
SIZE = 32
"""MiB of the release: more than three times what the mount holds in memory of what it has fetched."""
LINES = 1
"""In the log, while the disk fails; and no more than that until all is cached again."""
_MEMORY = "64M"
_RATE = "12M"
"""Of a connection, so that there is a middle."""
_TRIED_AGAIN = 13.0
"""Seconds after which a mount has tried again to write, which it does each ten."""
_MENDED = 18.5 + SLACK
"""Seconds after which the cache must keep what is read."""


@dataclass
class DiskTrial(Faulted):
    """What came of a disk that failed."""

    fault: DiskFault
    moment: str
    outcome: str = ""
    """Of the copies that were made meanwhile: all bytes were right, or the first other result."""
    longest: float = 0.0
    """Seconds of the longest call meanwhile."""
    lines: list[str] = field(default_factory=list)
    """What the log said of it meanwhile."""
    mended: float = 0.0
    """Seconds after the disk mended until all that was read was in the cache."""
    not_run: str = ""
    """Why it could not be tried; nothing if it was."""
    faults: list[str] = field(default_factory=list)
    """What was not as it must be."""

    @property
    def late(self) -> float | None:
        """Seconds from the deadline of the longest call meanwhile to its end, less than none if it ended before; nothing
        where none came so far."""
        return self.longest - READ_TIMEOUT if self.outcome else None

    @property
    def name(self) -> str:
        return f"disk: {self.fault.name}, {self.moment}"

    def __str__(self) -> str:
        if self.not_run:
            return f"{self.name}: NOT RUN: {self.not_run}"
        words = f"{self.name}: {self.outcome}, longest call {self.longest:.1f} s, {len(self.lines)} lines, "
        return words + f"mended after {self.mended:.1f} s"


def trials(short: bool) -> list[DiskTrial]:
    """All; in the short form each fault once."""
    return [DiskTrial(fault, moment) for fault in FAULTS for moment in (MOMENTS[1:] if short else MOMENTS)]


def run_trial(trial: DiskTrial, library: Path, binaries: Path, release: Path, folder: Path) -> DiskTrial:
    """Reads while the disk fails, and again when it has mended."""
    try:
        with standing(binaries, release, folder) as site, trial.fault.prepared(site):
            disk = Disk(site, library)
            site.emulator.set(f"rate={_RATE}\n")
            site.mount("--memory", _MEMORY, environment=disk.environment)
            _read_meanwhile(trial, disk)
            before = len(_lines(site))
            site.emulator.set("rate=off\n")
            _await_caching(trial, site)
            if len(_lines(site)) > before + LINES:
                trial.faults.append(f"{len(_lines(site)) - before} lines in the log after it mended")
            site.unmount()
            site.mount("--offline")
            if _judge(trial, site, Reading(site.package).finish(90), site.sha256, "offline") != EXACT:
                trial.faults.append(site.last_error())
    except NotRun as reason:
        trial.not_run = str(reason)
    except Exception as error:  # Whatever it is: the other trials go on.
        trial.faults.append(in_words(error))
    return trial


def _read_meanwhile(trial: DiskTrial, disk: Disk) -> None:
    """Two copies while the disk fails: one at once, and one of other pages when the mount has tried again to write."""
    site = disk.site
    reading = None
    if trial.moment == "in a copy":
        reading = Reading(site.package)
        eventually(lambda: site.emulator.sent() > site.size / 3, 30, "a third of the copy")
    before = len(_lines(site))
    with trial.fault.strikes(disk):
        start = time.monotonic()
        found = (reading or Reading(site.package)).finish(90)
        time.sleep(max(0.0, start + _TRIED_AGAIN - time.monotonic()))
        served = Reading(site.served).finish(90)
        trial.lines = _lines(site)[before:]
    trial.outcome = EXACT
    for said, sha256, which in ((found, site.sha256, "first copy"), (served, site.served_sha256, "second copy")):
        outcome = _judge(trial, site, said, sha256, which)
        trial.outcome = outcome if trial.outcome == EXACT else trial.outcome
        trial.longest = max(trial.longest, said["longest"])
    if trial.longest > READ_TIMEOUT + LATE:
        trial.faults.append(f"a call took {trial.longest:.1f} s")
    if len(trial.lines) != LINES:
        trial.faults.append(f"{len(trial.lines)} lines in the log: {' | '.join(trial.lines)}")


def _judge(trial: DiskTrial, site: Site, said: dict, sha256: str, which: str) -> str:
    outcome = site.mistake(said, sha256) or EXACT
    if outcome != EXACT and (words := f"{which}: {outcome}") not in trial.faults:
        trial.faults.append(words)
    return outcome


def _await_caching(trial: DiskTrial, site: Site) -> None:
    """Reads anew until every block is in the cache."""
    start = time.monotonic()
    count = block_count(site)
    while True:
        _judge(trial, site, Reading(site.package, fresh=True).finish(90), site.sha256, "after it mended")
        trial.mended = time.monotonic() - start
        kept = len(site.committed_blocks())
        if kept == count:
            return
        if trial.mended > _MENDED:
            trial.faults.append(f"{kept} of {count} blocks are cached {trial.mended:.0f} s after it mended")
            return
        time.sleep(0.5)


def _lines(site: Site) -> list[str]:
    """What the log says of the cache, without the times."""
    lines = site.log.read_text(errors="replace").splitlines() if site.log.exists() else []
    return [line.partition(" ")[2].replace(str(site.folder), "…") for line in lines if "cach" in line.lower()]
