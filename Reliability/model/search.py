"""Runs the programs of many seeds, some at a time."""

import itertools
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .find import Find, Searcher
from .ground import make_releases
from .published import Release

AT_ONCE = 4 * (os.cpu_count() or 1)
NAME = "random programs"
_MOST_FINDS = 5
"""After which no more programs begin."""


@dataclass
class Tally:
    """What all threads have done."""

    first: int
    """The seed of the first program."""
    name: str = field(default=NAME, init=False)
    programs: int = 0
    operations: int = 0
    reads: int = 0
    last: int = 0
    finds: list[Find] = field(default_factory=list)
    failure: str = ""
    """What has ended all of it."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def wrong(self) -> str:
        """A line of each find, and what has ended all."""
        finds = [f"seed {each.program.header.seed}: {each.outcome.wrong}" for each in self.finds]
        return "; ".join([*finds, self.failure] if self.failure else finds)

    def __str__(self) -> str:
        return (
            f"{self.programs:,} programs with {self.operations:,} operations, {self.reads:,} of them reads, of the seeds "
            f"{self.first} to {self.last}: {len(self.finds)} went wrong.")


def search(binaries: Path, folder: Path, first: int, minutes: float, at_once: int = AT_ONCE) -> Tally:
    """Programs from that seed on, for so many minutes."""
    folder.mkdir(parents=True, exist_ok=True)
    releases, by = make_releases(binaries, folder), time.monotonic() + 60 * minutes
    return search_seeds(binaries, releases, folder, itertools.count(first), first, by, at_once)


def search_seeds(
    binaries: Path, releases: Sequence[Release], folder: Path, seeds: Iterable[int], first: int, by: float = float("inf"),
    at_once: int = AT_ONCE,
) -> Tally:
    """The programs of all these seeds, of which `first` is the first, or those that can be begun in time."""
    tally, ended, each_seed = Tally(first, last=first), threading.Event(), iter(seeds)

    def work(number: int) -> None:
        searcher = Searcher(binaries, releases, folder / f"ground.{number}", ended)
        try:
            _search(searcher, each_seed, tally, by, ended)
        finally:
            searcher.close()

    with ThreadPoolExecutor(at_once) as pool:
        try:
            for each in [pool.submit(work, number) for number in range(at_once)]:
                each.result()
        finally:
            ended.set()
    return tally


def _search(searcher: Searcher, seeds: Iterator[int], tally: Tally, by: float, ended: threading.Event) -> None:
    """Runs the programs of the next seeds that nobody else has taken."""
    while not ended.is_set() and time.monotonic() < by and len(tally.finds) < _MOST_FINDS:
        with tally.lock:
            seed = next(seeds, None)
        if seed is None:
            return
        outcome, find = searcher.look(seed)
        with tally.lock:
            tally.programs += 1
            tally.operations += outcome.operations
            tally.reads += outcome.reads
            tally.last = max(tally.last, seed)
            if find:
                tally.finds.append(find)
                print(f"\n{find}\n", flush=True)
            if tally.programs % 50 == 0:
                print(f"{tally.programs} programs, {tally.reads} reads.", flush=True)
