"""Runs random programs against a plain model: see ../README.md.

    python3 -m Reliability.model --minutes 2
    python3 -m Reliability.model --repeat REPORT
"""

import argparse
import itertools
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.processes import end_on_signals

from ..site import REPOSITORY
from .find import Find, Searcher
from .ground import make_releases
from .program import parsed_program

_AT_ONCE = 4 * (os.cpu_count() or 1)
_MOST_FINDS = 5
"""After which no more programs begin."""


@dataclass
class Tally:
    """What all threads have done."""

    programs: int = 0
    operations: int = 0
    reads: int = 0
    last: int = 0
    finds: list[Find] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> int:
    end_on_signals()
    parser = argparse.ArgumentParser(prog="python3 -m Reliability.model", description="Runs programs against a model.")
    parser.add_argument("--binaries", type=Path, default=REPOSITORY / ".build/release", help="where fusfs is")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--programs", type=int, help="how many")
    amount.add_argument("--minutes", type=float, default=2, help="for how long (2)")
    amount.add_argument("--repeat", type=Path, metavar="FILE", help="the program in a report, once, as it is")
    parser.add_argument("--seed", type=int, help="of the first program, the next ones follow (the time)")
    parser.add_argument("--at-once", type=int, default=_AT_ONCE, help=f"programs at a time ({_AT_ONCE})")
    arguments = parser.parse_args()
    binaries, ended = arguments.binaries.resolve(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="fusfs.model.") as name:
        folder = Path(name)
        releases = make_releases(binaries, folder)
        if arguments.repeat:
            return _repeat(arguments.repeat, Searcher(binaries, releases, folder / "ground", ended))
        first = int(time.time()) if arguments.seed is None else arguments.seed
        print(f"The first seed is {first}.", flush=True)
        tally = Tally(last=first)
        seeds, by = itertools.count(first), time.monotonic() + 60 * arguments.minutes
        if arguments.programs is not None:
            seeds, by = iter(range(first, first + arguments.programs)), float("inf")

        def search(number: int) -> None:
            searcher = Searcher(binaries, releases, folder / f"ground.{number}", ended)
            try:
                _search(searcher, seeds, tally, by, ended)
            finally:
                searcher.close()

        with ThreadPoolExecutor(arguments.at_once) as pool:
            try:
                for each in [pool.submit(search, number) for number in range(arguments.at_once)]:
                    each.result()
            finally:
                ended.set()
    print(
        f"{tally.programs} programs with {tally.operations} operations, {tally.reads} of them reads, "
        f"of the seeds {first} to {tally.last}: {len(tally.finds)} went wrong.")
    return 1 if tally.finds else 0


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


def _repeat(report: Path, searcher: Searcher) -> int:
    try:
        _, find = searcher.try_out(parsed_program(report.read_text()), shrinks=False)
    finally:
        searcher.close()
    print(find or "It goes as the model has it.")
    return 1 if find else 0


if __name__ == "__main__":
    sys.exit(main())
