"""Two mounts and every command that uses the cache, on one cache at once."""

import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.emulator import MODEL, REGION
from Benchmarks.processes import BenchError, run

from .cache_file import problems
from .outcome import Faulted
from .reader import WRONG
from .site import LATE, READ_TIMEOUT, REPOSITORY, Reading, Site, beside, in_words, standing

KILLED = ("nothing", "mount", "fetch", "trim")
"""What is killed without a warning: one mount once, about half-way; a command again and again, at any moment of it."""
WAIT = 3.5 + LATE
"""Seconds that nobody may wait for those who write the cache."""
_SECONDS = 12.0
_TIMES = 3
_MEMORY = "64M"
_LEFT = "4M"
"""To which the cache is trimmed."""
_LIMIT = 60.0
_LONGEST_LIFE = 0.4
"""Seconds that a command lives that is killed."""
_ENDED_MOUNT = frozenset({"ENOTCONN", "ECONNABORTED", "ENOENT"})
"""What a reader gets from a mount that was killed, until there is a new one."""


@dataclass
class Command:
    """A command that is run again and again."""

    name: str
    arguments: Sequence[str | Path]
    reasons: tuple[str, ...] = ()
    """Words of the sentences with which it may fail."""
    pause: float = 0.1
    """Seconds before it is run again."""
    runs: int = 0
    longest: float = 0.0
    """Seconds of the longest run."""
    refused: int = 0
    """Runs that failed for one of the reasons."""
    kills: int = 0
    faults: list[str] = field(default_factory=list)

    def run_until(self, end: float) -> None:
        while time.monotonic() < end:
            start = time.monotonic()
            try:
                run(self.arguments, _LIMIT)
            except BenchError as error:
                if any(reason in str(error) for reason in self.reasons):
                    self.refused += 1
                else:
                    self.faults.append(str(error))
            self.runs += 1
            self.longest = max(self.longest, time.monotonic() - start)
            time.sleep(self.pause)

    def kill_until(self, end: float, chance: random.Random) -> None:
        """Runs it and kills it."""
        while time.monotonic() < end:
            process = subprocess.Popen(
                list(map(str, self.arguments)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0, _LONGEST_LIFE))
            process.kill()
            process.wait(_LIMIT)
            self.kills += 1


@dataclass
class Sharing(Faulted):
    """What came of it."""

    killed: str
    seed: int
    seconds: float
    """That all of it takes."""
    copies: int = 0
    """Whole files that were read and right."""
    longest: float = 0.0
    """Seconds of the longest call of a reader."""
    commands: list[Command] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def late(self) -> float | None:
        """Seconds from the deadline of a reader's longest call to its end, less than none if it ended before; nothing where
        none came so far."""
        return self.longest - READ_TIMEOUT if self.longest else None

    @property
    def name(self) -> str:
        return f"sharing: {self.killed} killed, seed {self.seed}"

    def __str__(self) -> str:
        commands = ", ".join(
            f"{each.name} {each.runs} × ≤ {each.longest:.1f} s ({each.refused} refused, {each.kills} killed)"
            for each in self.commands)
        return f"{self.name}: {self.copies} copies, longest call {self.longest:.1f} s, {commands}"


def trials(short: bool, seed: int) -> list[Sharing]:
    """Each kind with some seeds; in the short form with one, and for a shorter time."""
    count, seconds = (1, _SECONDS / 3) if short else (_TIMES, _SECONDS)
    return [Sharing(killed, seed + number, seconds) for killed in KILLED for number in range(count)]


def run_trial(found: Sharing, binaries: Path, release: Path, folder: Path) -> Sharing:
    """All at once for some seconds; then what is left must be whole and right."""
    chance = random.Random(f"{found.killed} {found.seed}")
    try:
        with standing(binaries, release, folder) as site, beside(site) as other:
            for each in (site, other):
                each.mount("--memory", _MEMORY)
            # So that the package has a row that can be looked up.
            _judge(found, site, Reading(site.package))
            _crowd(found, chance, site, other)
            for each in (site, other):
                _judge(found, each, Reading(each.package, fresh=True))
                each.unmount()
            found.faults += problems(site)
    except Exception as error:  # Whatever it is: the other trials go on.
        found.faults.append(in_words(error))
    return found


def _commands(site: Site) -> list[Command]:
    program, cache = site.binaries / "fusfs", ("--cache-dir", site.cache, "--log-file", site.log)
    # What is trimmed away while it comes has not stayed.
    trimmed = ("have stayed in the cache", "does not keep what is fetched")
    return [
        Command("fetch", [program, "fetch", f"{MODEL}/{REGION}", *site.client], trimmed),
        Command("fetch by the mount", [program, "fetch", site.package], trimmed),
        Command("verify", [program, "verify", site.package]),
        Command("trim", [program, "cache", "trim", _LEFT, *cache], pause=0.5),
        # The least that is written.
        Command("unpin", [program, "cache", "unpin", site.emulator.name, *cache]),
        Command("status", [program, "cache", "status", *cache]),
    ]


def _crowd(found: Sharing, chance: random.Random, site: Site, other: Site) -> None:
    found.commands = _commands(site)
    readers: list[tuple[Site, Future[str]]] = []
    seconds = found.seconds
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(16) as pool:
        for each in (site, other):
            for path, sha256 in ((each.package, each.sha256), (each.member, each.member_sha256)):
                command = [sys.executable, "-m", "Reliability.rereader", path, each.truth[sha256], str(seconds)]
                readers.append((each, pool.submit(run, command, seconds + _LIMIT, {"PYTHONPATH": str(REPOSITORY)})))
        loops = [pool.submit(command.run_until, end) for command in found.commands]
        if found.killed == "mount":
            time.sleep(seconds * chance.uniform(0.3, 0.6))
            other.kill()
            other.mount("--memory", _MEMORY)
        else:
            loops += [
                pool.submit(each.kill_until, end, chance) for each in found.commands if each.name == found.killed]
        for loop in loops:
            loop.result()
        for each, reader in readers:
            excused = _ENDED_MOUNT if found.killed == "mount" and each is other else frozenset()
            _judge_copies(found, json.loads(reader.result()), excused)
    for command in found.commands:
        found.faults += command.faults
        if command.longest > WAIT:
            found.faults.append(f"{command.name} took {command.longest:.1f} s")
    if found.longest > READ_TIMEOUT + LATE:
        found.faults.append(f"a call took {found.longest:.1f} s")


def _judge_copies(found: Sharing, said: dict, excused: frozenset[str]) -> None:
    found.copies += said["right"]
    found.longest = max(found.longest, said["longest"])
    if said["wrong"]:
        found.faults.append(f"{said['wrong']} copies had {WRONG}")
    if not said["right"]:
        found.faults.append("no copy was right")
    found.faults += [f"{count} readers got {name}" for name, count in said["errors"].items() if name not in excused]


def _judge(found: Sharing, site: Site, reading: Reading) -> None:
    """Of the package."""
    if wrong := site.mistake(reading.finish(90), site.sha256):
        found.faults.append(f"a copy: {wrong}")
