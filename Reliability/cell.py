"""One cell of the matrix: a fault, and a reader."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from Benchmarks.processes import BenchError, eventually, run

from .cache_file import block_count
from .matrix import AGAIN, EXACT, FIRST_USE, IN_READ_AHEAD, Cell
from .site import MENDED, READ_TIMEOUT, SLACK, Reading, Site, mistake, standing
from .wire import outdated, untrusted

_RATE = "12M"
"""Of a connection, so that there is a middle."""
_PAUSE_AT = 1 << 20
_STRIKES = 3
_LEFT = "1M"
"""To which the cache is trimmed."""
_FORGOTTEN = 65.0
"""Seconds after a fault within which reading works again where something seemed not to exist, which is believed for a
minute."""


@dataclass
class Result:
    """What came of a cell."""

    cell: Cell
    outcome: str
    """All bytes were right, or an error number."""
    seconds: float
    """Of the whole read."""
    longest: float
    """Seconds of the longest call."""
    again: int
    """Bytes that were sent beyond the file's size."""
    mended: float
    """Seconds after the fault's end until all bytes were there."""
    sentence: str
    """The last error of the log."""
    wrong: str = ""
    """What is not as it must be; nothing if all is."""

    @property
    def name(self) -> str:
        return self.cell.name

    def __str__(self) -> str:
        words = f"{self.name}: {self.outcome} in {self.seconds:.1f} s, again {self.again / 1024:.0f} KiB"
        return f"{words}, mended after {self.mended:.1f} s"


def _begin(site: Site, cell: Cell) -> None:
    """Lets the fault strike from now on."""
    match cell.fault.name:
        case "refused": site.stop_server()
        case "frozen": os.kill(site.emulator.process_id, signal.SIGSTOP)
        case "clock+": site.set_clock(86_400)
        case "clock-": site.set_clock(-86_400)
        case "forgotten": site.wire.forget()
        case "lost": site.wire.lose()
        case "name": site.url = f"http://firmware.invalid:{site.emulator.port}/"
        case "trusted": site.relay(untrusted(site.folder))
        case "certificate": site.relay(untrusted(site.folder))
        case "outdated": site.relay(outdated(site.folder))
        case name:
            count = "" if cell.lasts else f"x{_STRIKES}"
            lines = f"fault={name}@{cell.place}{count}\n"
            if cell.place in ("nonce", "init") and cell.moment != FIRST_USE:
                # Else nobody asks for these again.
                lines += "lapse-bytes=1M\n"
            site.emulator.set(lines)


def _end(site: Site, cell: Cell) -> None:
    match cell.fault.name:
        case "refused": site.start_server()
        case "frozen": os.kill(site.emulator.process_id, signal.SIGCONT)
        case "clock+" | "clock-": site.set_clock(0)
        case "forgotten": pass
        case "lost": site.wire.restore()
        case "name" | "trusted" | "certificate" | "outdated":
            site.url = site.emulator.url
            site.unmount()
            site.mount()
        case _: site.emulator.set("fault=\nlapse-bytes=off\nrate=off\n")


def measure(cell: Cell, binaries: Path, release: Path, folder: Path) -> Result:
    """Runs the cell in an empty folder of its own."""
    with standing(binaries, release, folder) as site:
        site.emulator.set(f"rate={_RATE}\n")
        if cell.fault.name in ("forgotten", "lost"):
            site.relay()
        if cell.fault.name in ("clock+", "clock-"):
            site.take_clock()
        found, before = _read(cell, site)
        result = _judged(cell, site, found)
        if cell.fault.name in ("clock+", "clock-") and not _looks_at_clock(site):
            result.wrong = result.wrong or "the mount does not see that clock"
        _end(site, cell)
        _mend(result, site, before)
        return result


def _read(cell: Cell, site: Site) -> tuple[dict, int]:
    """What a reader got with the fault in its moment, and how many bytes were sent before he read."""
    if cell.moment == FIRST_USE:
        _begin(site, cell)
        site.mount(*(("--ca-file", site.folder / "certificate.pem") if cell.fault.name == "trusted" else ()))
        return Reading(site.package).finish(90), 0
    if cell.moment == AGAIN:
        # Less than the package may stay in memory.
        site.mount("--memory", "64M")
        _read_and_evict(site)
        before = site.emulator.sent()
        _begin(site, cell)
        return Reading(site.package, fresh=True).finish(90), before
    site.mount()
    pauses = cell.moment == IN_READ_AHEAD
    reading = Reading(site.package, _PAUSE_AT if pauses else None)
    if pauses:
        reading.await_pause()
    else:
        eventually(lambda: site.emulator.sent() > site.size / 3, 30, "a third of the copy")
    _begin(site, cell)
    if pauses:
        time.sleep(0.5)
    return reading.finish(90), 0


def _read_and_evict(site: Site) -> None:
    """All that was read was right; then nearly nothing of it is in the cache any more."""
    if wrong := mistake(Reading(site.package).finish(90), site.sha256):
        raise BenchError(f"before: {wrong}")
    eventually(lambda: len(site.committed_blocks()) == block_count(site), 30, "all blocks committed")
    run([site.binaries / "fusfs", "cache", "trim", _LEFT, "--cache-dir", site.cache], limit=30)
    if len(site.committed_blocks()) > block_count(site) / 2:
        raise BenchError("before: the blocks were not evicted")


def _looks_at_clock(site: Site) -> bool:
    """Whether the mount looks at the clock that was set when it is asked for what holds for some time."""
    before = site.wrong_looks
    os.listdir(site.package.parent.parent)
    return site.wrong_looks > before


def _judged(cell: Cell, site: Site, found: dict) -> Result:
    exact = found["errno"] is None and found["sha256"] == site.sha256
    outcome = EXACT if exact else found["errno"] or "WRONG BYTES"
    if outcome not in (EXACT, "ENOENT"):
        # A reader is answered before the log is written.
        with contextlib.suppress(BenchError):
            eventually(lambda: bool(site.last_error()), SLACK, "a line in the log")
    result = Result(cell, outcome, found["seconds"], found["longest"], 0, 0, "" if exact else site.last_error())
    allowed = cell.fault.allowed(cell.place, cell.lasts)
    if outcome not in allowed:
        result.wrong = f"{outcome}, not {' or '.join(sorted(allowed))}"
    elif found["longest"] > cell.fault.deadlines * READ_TIMEOUT + SLACK:
        result.wrong = f"a call took {found['longest']:.1f} s"
    elif outcome not in (EXACT, "ENOENT") and not result.sentence:
        result.wrong = "the log says nothing"
    return result


def _mend(result: Result, site: Site, before: int) -> None:
    """Reads until all is right, the kernel's pages left out, then once more from the cache alone."""
    start = time.monotonic()
    limit = _FORGOTTEN if result.outcome == "ENOENT" else MENDED
    while True:
        found = Reading(site.package, fresh=True).finish(90)
        result.mended = time.monotonic() - start
        if found["errno"] is None or result.mended > limit:
            break
        time.sleep(0.5)
    if wrong := mistake(found, site.sha256):
        result.wrong = result.wrong or f"{wrong} {result.mended:.0f} s after the fault"
        return
    result.again = max(0, site.emulator.sent() - before - site.size)
    site.unmount()
    site.mount("--offline")
    if wrong := mistake(Reading(site.package).finish(90), site.sha256):
        result.wrong = result.wrong or f"the cache gives {wrong}"
