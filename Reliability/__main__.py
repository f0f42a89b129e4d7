"""make reliability: what happens when things go wrong, written to docs/RELIABILITY.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from Benchmarks.emulator import make_release
from Benchmarks.processes import BenchError, end_on_signals

from . import page
from .cell import Result, measure
from .crash import DAMAGES, WORKS, Crash, crash
from .matrix import Cell, cells
from .site import REPOSITORY

_Trial = TypeVar("_Trial")
_Outcome = TypeVar("_Outcome")
_AT_ONCE = 6
_SIZE = 16
"""MiB of the release."""
_CRASHES = 50
"""Of each kind; in the short form two."""


def main() -> int:
    end_on_signals()
    parser = argparse.ArgumentParser(prog="python3 -m Reliability", description=__doc__)
    parser.add_argument("--binaries", type=Path, default=REPOSITORY / ".build/release", help="where fusfs is")
    parser.add_argument("--short", action="store_true", help="each fault once, few crashes; writes no page")
    parser.add_argument("--only", default="", help="what has this in its name; writes no page")
    parser.add_argument("--seed", type=int, default=0, help="of the first crash")
    arguments = parser.parse_args()
    start = time.monotonic()
    crashes = [
        (kind, arguments.seed + number) for kind in WORKS + DAMAGES
        for number in range(2 if arguments.short else _CRASHES) if arguments.only in kind]
    with tempfile.TemporaryDirectory(prefix="fusfs.reliability.") as folder:
        release = Path(folder) / "release"
        make_release(arguments.binaries, release, _SIZE)

        def fault(cell: Cell, place: Path) -> Result:
            try:
                return measure(cell, arguments.binaries, release, place)
            except BenchError as error:
                return Result(cell, "none", 0, 0, 0, 0, "", str(error))

        def end(which: tuple[str, int], place: Path) -> Crash:
            try:
                return crash(*which, arguments.binaries, release, place)
            except BenchError as error:
                return Crash(*which, 0, wrong=str(error))

        chosen = [cell for cell in cells(arguments.short) if arguments.only in cell.name]
        faults = _each(chosen, fault, Path(folder) / "faults", start)
        ends = _each(crashes, end, Path(folder) / "crashes", start)
    wrong = [each for each in (*faults, *ends) if each.wrong]
    print(f"{len(faults)} faults and {len(ends)} crashes in {time.monotonic() - start:.0f} s: {len(wrong)} were wrong.")
    for each in wrong:
        print(f"  {each.name}: {each.wrong}")
    if not arguments.short and not arguments.only:
        page.write(faults, ends)
    return 1 if wrong else 0


def _each(
    trials: Sequence[_Trial], run: Callable[[_Trial, Path], _Outcome], folder: Path, start: float
) -> list[_Outcome]:
    """Some at a time, each in a folder of its own; tells how each went."""

    def one(number: int) -> _Outcome:
        outcome = run(trials[number], folder / str(number))
        print(f"[{time.monotonic() - start:4.0f} s] {outcome}", flush=True)
        return outcome

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(one, range(len(trials))))


if __name__ == "__main__":
    sys.exit(main())
