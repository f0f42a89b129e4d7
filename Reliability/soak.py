"""Everything at once for long, after which the daemon must not have grown."""

import contextlib
import json
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from Benchmarks.mounts import is_mounted
from Benchmarks.processes import run

from .loaded import HONEST, MEMORY, Load, Trial, crowd, mend, true_files
from .site import READ_TIMEOUT, Reading, Site, standing

_EVERY = 5.0
"""Seconds from one sample to the next; less where there would be fewer than so many in each third."""
_LEAST_SAMPLES = 8
_LEAST_MINUTES = 2.0
"""In less than that memory and cache are still being filled, and nothing can be said of their growing."""
_CACHE = "12M"
_TRIMMED = "4M"
# No byte that is changed on its way: only a copy of all of it can tell, see `faults` and docs/SEMANTICS.md.
_FAULTS = (
    "stall:0@data", "stall@data", "500@data", "503@data", "reset@data", "short@data", "html@data",
    "drip@data", "wrong-range@data", "500@inform", "500@nonce",
)
TIMES = 4
"""How often the time of `--read-timeout` a call may take: of a page that its read-ahead did not bring the kernel asks once
more, and of each of the two requests half the bytes may come before the server stalls."""
_DEADLINE = TIMES * READ_TIMEOUT
MORE = {"files": 4, "threads": 2, "memory": 4.0, "cache": 2.0}
"""How much more than the second third's median the last one's may be."""
_HEADS = {"files": "open files", "threads": "threads", "memory": "resident, MiB", "cache": "cache's files, MiB"}


@dataclass(frozen=True)
class _Sample:
    """What the daemon has at a time; sizes in MiB."""

    files: int
    threads: int
    memory: float
    cache: float


class _Soak:
    """What goes on at the same time on two mounts with one cache, until it is told to stop."""

    def __init__(self, site: Site, truth: Path, trial: Trial, load: Load) -> None:
        self._site, self._truth, self._trial, self._load = site, truth, trial, load
        self._over = threading.Event()
        self._second = site.folder / "second"
        self._second.mkdir()
        self.longest = 0.0
        """Seconds of the longest call."""
        self.counts = {"reads": 0, "errors": 0, "copies": 0, "mounts": 0, "faults": 0, "trims": 0}

    def run(self, seconds: float) -> list[_Sample]:
        works = (self._read, self._copy, self._remount, self._fail, self._trim)
        threads = [threading.Thread(target=self._go_on, args=(work,), daemon=True) for work in works]
        for thread in threads:
            thread.start()
        samples = []
        try:
            daemon = self._site.daemon
            every = min(_EVERY, seconds / (3 * _LEAST_SAMPLES))
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0 and not self._load.faults:
                time.sleep(min(every, left))
                samples.append(_sample(daemon, self._site.cache))
        finally:
            self._over.set()
            for thread in threads:
                thread.join(200)
                if thread.is_alive():
                    self._load.faults.append("some of it does not end")
            self._site.emulator.set("fault=\n")
            if is_mounted(self._second):
                run(["fusermount3", "-uz", self._second])
        return samples

    def _go_on(self, work: Callable[[random.Random], None]) -> None:
        chance = random.Random(f"{work.__name__} {self._trial.seed}")
        try:
            while not self._over.is_set():
                work(chance)
        except Exception as error:  # Whatever it is: a work that has ended does not show what it is for.
            self._load.faults.append(f"{work.__name__.strip('_')}: {type(error).__name__}: {error}")

    def _read(self, chance: random.Random) -> None:
        """At random and comparing each byte."""
        found = crowd(self._site, self._truth, 4, 5, chance.random())
        self._load.judge_crowd(found, "reading", HONEST, _DEADLINE)
        self.longest = max(self.longest, found["longest"])
        self.counts["reads"] += found["reads"]
        self.counts["errors"] += sum(found["errors"].values())

    def _copy(self, chance: random.Random) -> None:
        """Of the package, which does not fit into the cache."""
        self._check(Reading(self._site.package).finish(120), HONEST)
        self._over.wait(chance.uniform(0, 3))

    def _remount(self, chance: random.Random) -> None:
        """The second mount: a copy, of which the mount's end may be the end, and that is one of three."""
        run([word if word != self._site.path else self._second for word in self._site.command(*_options())], limit=30)
        self.counts["mounts"] += 1
        reading = Reading(self._second / self._site.package.relative_to(self._site.path))
        way = chance.choice(("unmount", "lazily", "kill"))
        if way == "unmount":
            self._check(reading.finish(120), HONEST)
            run([self._site.binaries / "fusfs", "unmount", self._second], limit=60)
            return
        self._over.wait(chance.uniform(0, 1))
        if way == "lazily":
            run([self._site.binaries / "fusfs", "unmount", "--lazy", self._second], limit=60)
        else:
            os.kill(_process(self._second), 9)
        self._check(reading.finish(120), HONEST | {"ENOTCONN", "ECONNABORTED", "ENOENT", "EINTR"})

    def _check(self, said: dict, honest: frozenset[str]) -> None:
        self.counts["copies"] += said["errno"] is None
        self.longest = max(self.longest, said["longest"])
        self._load.judge_longest(said["longest"], "a copy", _DEADLINE)
        if (wrong := self._site.mistake(said, self._site.sha256)) and wrong not in honest:
            self._load.faults.append(f"a copy: {wrong}")

    def _fail(self, chance: random.Random) -> None:
        self._over.wait(chance.uniform(1, 6))
        self._site.emulator.set(f"fault={chance.choice(_FAULTS)}\n")
        self.counts["faults"] += 1
        self._over.wait(chance.uniform(0.5, 4))
        self._site.emulator.set("fault=\n")

    def _trim(self, chance: random.Random) -> None:
        self._over.wait(chance.uniform(5, 15))
        run([self._site.binaries / "fusfs", "cache", "trim", _TRIMMED, "--cache-dir", self._site.cache], limit=60)
        self.counts["trims"] += 1


def measure(trial: Trial, load: Load) -> None:
    """Reads, copies, listings, mounts, faults and trims for so many minutes; then all must be right."""
    truth = true_files(trial.binaries, trial.release)
    with standing(trial.binaries, trial.release, trial.folder / "site") as site:
        site.mount(*_options())
        soak = _Soak(site, truth, trial, load)
        samples = soak.run(60 * trial.minutes)
        counts = ", ".join(f"{count:,} {what}" for what, count in soak.counts.items())
        load.words = (
            f"{trial.minutes:.1f} minutes: {counts}; the longest call {soak.longest:.1f} s, with "
            f"`--read-timeout {READ_TIMEOUT:.0f}`")
        load.heads = ("median of", *_HEADS.values())
        is_long = trial.minutes >= _LEAST_MINUTES
        _judge(load, samples, is_long)
        load.faults += [f"there were no {what}" for what, count in soak.counts.items() if is_long and not count]
        mend(load, site, truth, trial.seed)
        load.note_memory(site)


def _judge(load: Load, samples: list[_Sample], is_long: bool) -> None:
    """Shows the thirds; the last must not be above the second where it was long enough."""
    size = len(samples) // 3
    if not size:
        return
    parts = [samples[:size], samples[size:2 * size], samples[2 * size:]]
    medians = [{what: median(getattr(each, what) for each in part) for what in _HEADS} for part in parts]
    for words, found in zip(("the first third", "the second", "the last"), medians, strict=True):
        load.rows.append((words, *(f"{value:,.0f}" for value in found.values())))
    _, before, after = medians
    for what, words in _HEADS.items():
        if is_long and after[what] > before[what] + MORE[what]:
            load.faults.append(f"{words} grew from {before[what]:.0f} to {after[what]:.0f}")


def _options() -> tuple[str, ...]:
    return ("--memory", f"{MEMORY}M", "--cache-size", _CACHE)


def _process(mountpoint: Path) -> int:
    return json.loads((mountpoint / ".fusfs/status.json").read_text())["process"]


def _sample(daemon: int, cache: Path) -> _Sample:
    status = Path(f"/proc/{daemon}/status").read_text().splitlines()
    values = {line.partition(":")[0]: line.split()[1] for line in status if line.startswith(("Threads:", "VmRSS:"))}
    taken = 0
    for file in cache.iterdir():
        # The log of the database comes and goes.
        with contextlib.suppress(FileNotFoundError):
            taken += file.stat().st_blocks * 512
    return _Sample(
        len(os.listdir(f"/proc/{daemon}/fd")), int(values["Threads"]), int(values["VmRSS"]) / 1024, taken / (1 << 20))
