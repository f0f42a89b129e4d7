"""One cell of the matrix: a fault, and a reader."""

import contextlib
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.processes import BenchError, eventually, run

from . import sentences, strikes
from .cache_file import block_count
from .matrix import AGAIN, EXACT, FIRST_USE, IN_READ_AHEAD, Cell
from .outcome import Blamed
from .reader import WRONG
from .readers import Reader, company, first_reader, mounts, read_at_once
from .site import LATE, MENDED, READ_TIMEOUT, SLACK, Reading, Site, beside, standing

_RATE, _SLOW_RATE = "12M", "5M"
"""Of a connection; of a copy that must have a middle, though somebody looks for it late, and outlast an authorisation."""
_CACHE = "64M"
"""Of a mount that makes many requests for the package, however long a busy machine lets each of them wait: what is fetched
ahead is bounded by the size of its cache."""
_TRIES = 3
"""To strike in the middle of a copy."""
_NOT_STRUCK = "the fault has not struck"
_PAUSE_AT = 1 << 20
_LEFT = "1M"
"""To which the cache is trimmed."""
_FORGOTTEN = 65.0
"""Seconds after a fault within which reading works again where something seemed not to exist, which is believed for a
minute."""


@dataclass
class Result(Blamed):
    """What came of a cell."""

    cell: Cell
    outcome: str
    """Of the package's reader: all bytes were right, or an error number."""
    seconds: float
    """Of his whole read."""
    longest: float
    """Seconds of the longest call, whoever made it."""
    again: int
    """Bytes that were sent beyond the package's size, to two mounts where there are two."""
    mended: float
    """Seconds after the fault's end until all bytes were there."""
    sentence: str
    """What the log says of that error."""
    wrong: str = ""
    """What is not as it must be; nothing if all is."""
    deceived: int = 0
    """How many readers got damaged bytes before an error, which only a copy of all of them could tell."""
    others: dict[str, str] = field(default_factory=dict)
    """The outcomes of the other readers, by their names."""

    @property
    def name(self) -> str:
        return self.cell.name

    @property
    def late(self) -> float:
        """Seconds from the deadline of the longest call to its end; less than none if it ended before."""
        return self.longest - _deadline(self.cell)

    @property
    def differing(self) -> list[tuple[str, str]]:
        """The names of the other readers who did not get what the package's did, and what they got."""
        return [(name, outcome) for name, outcome in self.others.items() if outcome != self.outcome]

    def __str__(self) -> str:
        words = [f"{self.name}: {self.outcome} in {self.seconds:.1f} s, again {self.again / 1024:.0f} KiB"]
        words += [f"{name} {outcome}" for name, outcome in self.differing]
        return f"{', '.join(words)}, mended after {self.mended:.1f} s"


def measure(cell: Cell, binaries: Path, release: Path, folder: Path) -> Result:
    """Runs the cell in an empty folder of its own; again where a busy machine let the fault come after the copy."""
    for number in range(_TRIES):
        result = _tried(cell, binaries, release, folder / str(number))
        if result.wrong != _NOT_STRUCK or not cell.is_midway:
            break
    return result


def _tried(cell: Cell, binaries: Path, release: Path, folder: Path) -> Result:
    with standing(binaries, release, folder) as site, contextlib.ExitStack() as stack:
        site.emulator.set(f"rate={_SLOW_RATE if cell.is_slow else _RATE}\n")
        strikes.prepare(site, cell)
        readers = [first_reader(cell, site)]
        if cell.moment == AGAIN:
            # Not before it is as it stays: the other is a copy of it.
            readers += company(cell, site, stack.enter_context(beside(site)))
        found, before = _read(cell, readers)
        result = judged(cell, readers, found)
        has_struck = strikes.has_struck(site, cell, result.outcome)
        if cell.fault.name in ("clock+", "clock-") and not _looks_at_clock(site):
            result.blame("the mount does not see that clock")
        if cell.fault.name == "redirect" and site.recorder.was_asked():
            result.blame("somebody went where the redirect leads")
        strikes.end(site, cell)
        _mend(result, readers, before)
        if not has_struck:
            result.blame(_NOT_STRUCK)
        return result


def _read(cell: Cell, readers: list[Reader]) -> tuple[list[dict], int]:
    """What the readers got with the fault in its moment, and how many bytes were sent before they read."""
    site = readers[0].site
    if cell.moment == FIRST_USE:
        strikes.begin(site, cell)
        site.mount()
        return read_at_once(readers), 0
    if cell.moment == AGAIN:
        for each in mounts(readers):
            # Less than the package may stay in memory.
            each.mount("--memory", "64M")
        _read_and_evict(readers)
        before = site.emulator.sent()
        strikes.begin(site, cell)
        return read_at_once(readers, fresh=True), before
    site.mount("--cache-size", _CACHE)
    is_tail, pauses = cell.place == "tail", cell.moment == IN_READ_AHEAD
    if is_tail:
        # Nobody asks for it before the copy does, who may do so early.
        strikes.begin(site, cell)
    reading = Reading(readers[0].path, _PAUSE_AT if pauses else None)
    if pauses:
        reading.await_pause()
    else:
        eventually(lambda: site.emulator.sent() > site.size / 3, 30, "a third of the copy")
    if not is_tail:
        strikes.begin(site, cell)
    if pauses:
        time.sleep(0.5)
    return [reading.finish(90)], 0


def _read_and_evict(readers: list[Reader]) -> None:
    """All that each has read was right; then nearly nothing of it is in the cache any more."""
    site = readers[0].site
    _read_rightly(readers[:1])
    eventually(lambda: len(site.committed_blocks()) == block_count(site), 30, "all blocks committed")
    # From the cache, which has all that they need.
    _read_rightly(readers[1:])
    run([site.binaries / "fusfs", "cache", "trim", _LEFT, "--cache-dir", site.cache], limit=30)
    if len(site.committed_blocks()) > block_count(site) / 2:
        raise BenchError("before: the blocks were not evicted")


def _read_rightly(readers: list[Reader]) -> None:
    for each, said in zip(readers, read_at_once(readers)):
        if wrong := each.mistake(said):
            raise BenchError(f"before the fault, {each.name}: {wrong}")


def _looks_at_clock(site: Site) -> bool:
    """Whether the mount looks at the clock that was set when it is asked for what holds for some time."""
    before = site.wrong_looks
    os.listdir(site.package.parent.parent)
    return site.wrong_looks > before


def judged(cell: Cell, readers: list[Reader], found: list[dict]) -> Result:
    """What all of them say, in one: what is wrong with a reader is wrong with the cell."""
    for reader, said in zip(readers, found):
        reader.note(said, cell.is_untold)
        # A reader is answered before the log is written.
        with contextlib.suppress(BenchError):
            eventually(lambda reader=reader: not sentences.mistake(cell, reader), SLACK, "a line in the log")
    package, *others = readers
    result = Result(
        cell, package.outcome, found[0]["seconds"], max(said["longest"] for said in found), 0, 0,
        sentences.said(cell, package), "", sum(each.was_deceived for each in readers),
        {each.name: each.outcome for each in others})
    for reader, said in zip(readers, found):
        if wrong := _mistake(cell, reader, said["longest"]):
            result.blame(f"{reader.name}: {wrong}")
    return result


def _mistake(cell: Cell, reader: Reader, longest: float) -> str:
    """What is wrong with what a reader got, whose longest call took so many seconds; nothing if all is as it must be."""
    allowed = cell.fault.allowed(cell.place, cell.lasts)
    if reader.outcome not in allowed:
        return f"{reader.outcome}, not {' or '.join(sorted(allowed))}"
    if longest > _deadline(cell) + LATE:
        return f"a call took {longest:.1f} s"
    return sentences.mistake(cell, reader)


def _mend(result: Result, readers: list[Reader], before: int) -> None:
    """Each reads until all is right, the kernel's pages left out; then it is read once more from the cache alone."""
    start, waiting, is_right = time.monotonic(), readers, True
    while waiting:
        found = list(zip(waiting, read_at_once(waiting, fresh=True)))
        result.mended = time.monotonic() - start
        waiting = [each for each, said in found if said["errno"] and result.mended <= _patience(result.cell, each)]
        for each, said in found:
            wrong = each.mistake(said)
            if wrong and each not in waiting or wrong == WRONG and not (said["errno"] and result.cell.is_untold):
                result.blame(f"{each.name}: {wrong} {result.mended:.0f} s after the fault")
                is_right = False
        if waiting:
            time.sleep(0.5)
    site = readers[0].site
    if is_right:
        result.again = max(0, site.emulator.sent() - before - site.size)
        _read_offline(result, readers)


def _deadline(cell: Cell) -> float:
    """Seconds within which each call must end."""
    return cell.fault.deadlines * READ_TIMEOUT


def _patience(cell: Cell, reader: Reader) -> float:
    """Seconds after a fault within which all must be right for the reader."""
    return _FORGOTTEN if cell.fault.believed or reader.outcome == "ENOENT" else MENDED


def _read_offline(result: Result, readers: list[Reader]) -> None:
    """Of what was read through two mounts, that of the first."""
    for each in mounts(readers):
        each.unmount()
    site = readers[0].site
    left = [each for each in readers if each.site is site]
    if len(mounts(readers)) > 1 and len(site.committed_blocks()) < block_count(site):
        # Blocks that had been evicted, and that only memory had, where the other mount had put the rest into the cache.
        site.mount()
        _blame_wrong(result, left, "the next mount")
        site.unmount()
    site.mount("--offline")
    _blame_wrong(result, left, "the cache")


def _blame_wrong(result: Result, readers: list[Reader], giver: str) -> None:
    """Each reads once, and must get all."""
    for each, said in zip(readers, read_at_once(readers)):
        if wrong := each.mistake(said):
            result.blame(f"{each.name}: {giver} gives {wrong}")
