"""What the trials under load share: what they are given, what comes of them, and the files as they must be."""

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.mounts import Mount
from Benchmarks.processes import run

from .outcome import Faulted, latest
from .site import LATE, MENDED, REPOSITORY, Reading, Site, standing, truth_folder

MEMORY = 64
"""MiB of `--memory`, the least that it can be."""
MORE_MEMORY = 64
"""MiB that the daemon may take beyond it: the program itself, stacks, and what the C library cannot use again."""
HONEST = frozenset({"EIO", "ETIMEDOUT", "ENOMEM"})
"""What a reader may get from a server that fails, and from a daemon that has reached a limit."""


@dataclass(frozen=True)
class Trial:
    """What a trial is given."""

    binaries: Path
    release: Path
    folder: Path
    """Empty, its own."""
    short: bool
    seed: int
    minutes: float
    """Of the soak."""


@dataclass
class Load(Faulted):
    """What came of a trial."""

    name: str
    words: str = ""
    """What was done and what came, with figures."""
    memory: float = 0
    """The most that a daemon has taken, in MiB."""
    late: float | None = None
    """Seconds from a call's deadline to its end, at most; less than none if each ended before, nothing if none has a
    deadline."""
    heads: tuple[str, ...] = ()
    """Of a table of its own, if it has one."""
    rows: list[tuple[str, ...]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.name}: {self.words}, {self.memory:.0f} MiB"

    def note_memory(self, site: Site) -> None:
        """To be called before the daemon ends."""
        peak = Mount(site.path, site.package, site.member, site.daemon, 0).peak()
        self.memory = max(self.memory, peak)
        if peak > MEMORY + MORE_MEMORY:
            self.faults.append(f"the daemon took {peak:.0f} MiB with --memory {MEMORY}M")

    def judge_crowd(self, found: dict, during: str, honest: frozenset[str] = frozenset(), deadline: float = 0) -> None:
        """What `crowd` found: no wrong byte, no error but these, and each call ended within so many seconds, if any."""
        self.faults += [f"{during}: {words}" for words in found["wrong"][:3]]
        if strange := {name: count for name, count in found["errors"].items() if name not in honest}:
            self.faults.append(f"{during}: {strange}")
        if not found["reads"] and not found["errors"]:
            self.faults.append(f"{during}: nothing was read")
        if deadline:
            self.judge_longest(found["longest"], during, deadline)

    def judge_longest(self, longest: float, during: str, deadline: float) -> None:
        """Of some calls, the longest of which took so many seconds."""
        self.late = latest(self.late, longest - deadline)
        if longest > deadline + LATE:
            self.faults.append(f"{during}: a call took {longest:.1f} s")


def program(module: str, *arguments: object, limit: float) -> str:
    """Runs a module of this package as a program of its own, so that what hangs hangs nobody else."""
    words = [sys.executable, "-m", f"{__package__}.{module}", *map(str, arguments)]
    return run(words, limit, {"PYTHONPATH": str(REPOSITORY)})


def crowd(site: Site, truth: Path, processes: int, seconds: float, seed: object, patience: float = 60) -> dict:
    """What so many processes find that read at random; the last of them may take `patience` seconds more."""
    said = program(
        "crowd_reader", "read", site.package.parent, truth, processes, seconds, seed, limit=seconds + patience + 60)
    return json.loads(said)


def true_files(binaries: Path, release: Path) -> Path:
    """A folder of all files of the release as they must be, made when it is first asked for; not by two at once."""
    truth = truth_folder(release)
    if not truth.exists():
        part = truth.with_suffix(".part")
        with standing(binaries, release, truth.with_suffix(".mount")) as site:
            site.mount()
            program("crowd_reader", "copy", site.package.parent, release, part, limit=300)
        part.rename(truth)
    return truth


def mend(load: Load, site: Site, truth: Path, seed: object) -> None:
    """Reads until a second passes without an error, then a whole package, which must be right."""
    start = time.monotonic()
    while True:
        began = time.monotonic() - start
        found = crowd(site, truth, 4, 1, f"{seed} {began}")
        if not found["errors"]:
            break
        if began > MENDED:
            load.faults.append(f"{found['errors']} {began:.0f} s after it was mended")
            return
    load.judge_crowd(found, "afterwards")
    said = Reading(site.package).finish(90)
    if wrong := site.mistake(said, site.sha256):
        load.faults.append(f"afterwards: {wrong}")
