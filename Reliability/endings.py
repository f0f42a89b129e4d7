"""Endings: each way in which a mount can end, while it is idle, while it is read, and while its server stalls."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from Benchmarks.mounts import is_mounted
from Benchmarks.processes import BenchError, eventually, has_ended

from .cache_file import block_count
from .ended import COPYING, ENDS_WITHIN, IDLE, STATES, STUCK, Ending
from .leftovers import mounts, processes
from .reader import WRONG
from .scene import Scene, ask
from .site import BROKEN_OFF, LATE, MENDED, READ_TIMEOUT, Reading, Site, in_words, standing
from .ways import WAYS, Fate, Way

_RATE = "2M"
"""Of a connection: a copy takes some seconds."""


def cases(short: bool) -> Iterator[tuple[Way, str]]:
    """All that are run; in the short form each way once."""
    for number, way in enumerate(WAYS):
        if not way.takes_root or os.geteuid() == 0:
            for state in STATES if not short else (STATES[number % len(STATES)],):
                yield way, state


def ending(way: Way, state: str, binaries: Path, release: Path, folder: Path) -> Ending:
    """Mounts, reads or not, ends it, and looks at what is left; then the next mount must work, with right bytes."""
    found = Ending(way, state)
    try:
        with standing(binaries, release, folder) as site:
            scene = Scene(site)
            try:
                way.stand(scene)
                reading = _begin(state, site)
                before = site.committed_blocks()
                start = time.monotonic()
                found.blame(way.act(scene))
                _follow(found, scene, reading, start)
                if found.fate is not Fate.STAYS:
                    _mount_next(found, site)
                _read_again(found, site, before)
            finally:
                scene.close()
    except Exception as error:  # Whatever it is: the other trials go on.
        found.blame(in_words(error))
    return found


def _begin(state: str, site: Site) -> Reading | None:
    """Brings it into the state: some of the package is cached in each."""
    if Reading(site.small).finish(30)["errno"]:
        raise BenchError("nothing can be read before")
    if state == IDLE:
        if wrong := site.mistake(Reading(site.package).finish(60), site.sha256):
            raise BenchError(f"before: {wrong}")
        eventually(lambda: len(site.committed_blocks()) == block_count(site), 30, "all blocks committed")
        return None
    eventually(lambda: bool(site.committed_blocks()), 30, "a committed block")
    if state == COPYING:
        site.emulator.set(f"rate={_RATE}\n")
        sent = site.emulator.sent()
        reading = Reading(site.package)
        eventually(lambda: site.emulator.sent() > sent, 30, "the beginning of a copy")
        return reading
    site.emulator.set("fault=stall:0@data\n")
    reading = Reading(site.package)
    eventually(lambda: site.status["fetching"]["waiting_reads"] > 0, 30, "a stuck read")
    return reading


def _follow(found: Ending, scene: Scene, reading: Reading | None, start: float) -> None:
    """Waits for the reader and for the daemon, in the order that the fate has them."""
    site = scene.site
    if found.fate in (Fate.STAYS, Fate.LINGERS):
        if found.fate is Fate.LINGERS and is_mounted(site.path):
            found.blame("it can still be seen")
        if reading:
            _judge_reader(found, reading.finish(60), site)
        start = time.monotonic()
    if found.fate is Fate.STAYS:
        if has_ended(scene.daemon):
            found.blame("the daemon has ended")
        if not is_mounted(site.path):
            found.blame("it can be seen no longer")
        return
    eventually(lambda: has_ended(scene.daemon), 90, "the daemon's end")
    found.seconds = time.monotonic() - start
    if found.seconds > ENDS_WITHIN:
        found.blame(f"the daemon took {found.seconds:.1f} s to end")
    if scene.process:
        found.status = scene.process.wait(10)
        if found.status != found.way.status:
            found.blame(f"it ended with {found.status}")
    if reading and found.fate is not Fate.LINGERS:
        _judge_reader(found, reading.finish(30), site)
    if bool(mounts(site.folder)) != (found.fate is Fate.DIES):
        found.blame("a dead mount is left" if found.fate is not Fate.DIES else "no mount is left to be mended")
    if others := processes(site.folder):
        found.blame(f"a process is left: {', '.join(others.values())}")


def _judge_reader(found: Ending, said: dict, site: Site) -> None:
    """Who reads a file gets all of it, or an error that fits, and in time."""
    found.reader = site.mistake(said, site.sha256)
    if found.fate in (Fate.ENDS, Fate.DIES):
        allowed = BROKEN_OFF
    elif found.state == STUCK:
        allowed = {"ETIMEDOUT"}
    else:
        allowed = {"ETIMEDOUT"} if found.way.silence else set()
    if found.reader and found.reader not in allowed:
        found.blame(f"the reader got {found.reader}")
    found.late = said["longest"] - READ_TIMEOUT - found.way.silence
    if found.late > LATE:
        found.blame(f"a call took {said['longest']:.1f} s")


def _mount_next(found: Ending, site: Site) -> None:
    """At the same mount point; of a dead mount there it says that it is one."""
    site.path.mkdir(exist_ok=True)
    done = ask(*site.command())
    if done.returncode != 0:
        raise BenchError(f"the next fusfs says: {done.stderr.strip()}")
    if ("whose program has ended" in done.stderr) != (found.fate is Fate.DIES):
        found.blame(f"the next fusfs says: {done.stderr.strip() or 'nothing'}")


def _read_again(found: Ending, site: Site, before: set[int]) -> None:
    """What was committed must be there, and all bytes right."""
    found.kept, found.lost = len(before), len(before - site.committed_blocks())
    if found.lost:
        found.blame(f"{found.lost} of {found.kept} committed blocks are gone")
    site.emulator.set("fault=\nrate=off\n")
    start = time.monotonic()
    while wrong := site.mistake(Reading(site.package).finish(60), site.sha256):
        if wrong == WRONG or time.monotonic() - start >= MENDED:
            break
        time.sleep(0.2)
    if wrong:
        found.blame(f"afterwards: {wrong}")
    site.unmount()
