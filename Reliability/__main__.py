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
from Benchmarks.processes import end_on_signals, run as run_program

from . import disk, page, sharing, versions
from .cell import Result, measure
from .crash import DAMAGES, WORKS, Crash, blame_vain, crash
from .ended import Ending
from .endings import cases, ending
from .load import KINDS, load
from .loaded import Load, true_files
from .matrix import Cell, cells
from .model.search import NAME, Tally, search
from .outcome import Outcome, told
from .preload import make_library
from .site import REPOSITORY, in_words
from .ways import Way

_Trial = TypeVar("_Trial")
_Outcome = TypeVar("_Outcome", bound=Outcome)
_AT_ONCE = 6
_SIZE = 24
"""MiB of the release: more than the blocks that the least `--memory` holds."""
_MODEL_MINUTES = 3.0
_CRASHES = 100
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
    version = run_program([arguments.binaries / "fusfs", "--version"], limit=20).strip()
    crashes = [
        (kind, arguments.seed + number) for kind in WORKS + DAMAGES
        for number in range(2 if arguments.short else _CRASHES) if arguments.only in kind]
    with tempfile.TemporaryDirectory(prefix="fusfs.reliability.") as folder:
        release = Path(folder) / "release"
        make_release(arguments.binaries, release, _SIZE)
        true_files(arguments.binaries, release)

        def fault(cell: Cell, place: Path) -> Result:
            try:
                return measure(cell, arguments.binaries, release, place)
            except Exception as error:  # Whatever it is: the other trials go on.
                return Result(cell, "none", 0, 0, 0, 0, "", in_words(error))

        def end(which: tuple[str, int], place: Path) -> Crash:
            try:
                return crash(*which, arguments.binaries, release, place)
            except Exception as error:  # The same.
                return Crash(*which, 0, faults=[in_words(error)])

        def leave(which: tuple[Way, str], place: Path) -> Ending:
            return ending(*which, arguments.binaries, release, place)

        def bear(kind: str, place: Path) -> Load:
            return load(kind, arguments.binaries, release, place, arguments.short, arguments.seed)

        def play(minutes: float, place: Path) -> Tally:
            try:
                return search(arguments.binaries.resolve(), place, arguments.seed, minutes)
            except Exception as error:  # The same.
                return Tally(arguments.seed, failure=in_words(error))

        chosen = [cell for cell in cells(arguments.short) if arguments.only in cell.name]
        faults = _each(chosen, fault, Path(folder) / "faults", start)
        ends = _each(crashes, end, Path(folder) / "crashes", start)
        blame_vain(ends)
        disks = _disks(arguments, Path(folder), start)
        shared = _each(
            [each for each in sharing.trials(arguments.short, arguments.seed) if arguments.only in each.name],
            lambda trial, place: sharing.run_trial(trial, arguments.binaries, release, place),
            # Alone, since it is measured how long each waits for the others.
            Path(folder) / "sharing", start, at_once=1)
        others = _each(
            [each for each in versions.trials() if arguments.only in each.name],
            lambda trial, place: versions.run_trial(trial, arguments.binaries, release, place),
            Path(folder) / "versions", start)
        ways = [which for which in cases(arguments.short) if arguments.only in Ending(*which).name]
        endings = _each(ways, leave, Path(folder) / "endings", start)
        kinds = [kind for kind in KINDS if arguments.only in kind]
        loads = _each(kinds, bear, Path(folder) / "load", start, at_once=1)
        minutes = [_MODEL_MINUTES] if arguments.only in NAME and not arguments.short else []
        models = _each(minutes, play, Path(folder) / "model", start)
    run = page.Run(
        version, (time.monotonic() - start) / 60, faults, ends, disks, shared, others, endings, loads, models)
    if not run.trials:
        parser.error(f"nothing has {arguments.only} in its name")
    wrong = [each for each in run.trials if each.wrong]
    not_run = [each for each in disks if each.not_run]
    print(f"{len(run.trials)} trials in {time.monotonic() - start:.0f} s: {len(wrong)} wrong, {len(not_run)} not run.")
    for each in wrong:
        print(f"  {each.name}: {each.wrong}")
    for each in not_run:
        print(f"  {each.name} was not run: {each.not_run}")
    if not arguments.short and not arguments.only:
        page.write(run)
    is_late = run.minutes > page.MOST_MINUTES
    if is_late:
        print(f"It took {run.minutes:.0f} minutes, more than {page.MOST_MINUTES}.")
    return 1 if wrong or is_late else 0


def _disks(arguments: argparse.Namespace, folder: Path, start: float) -> list[disk.DiskTrial]:
    chosen = [each for each in disk.trials(arguments.short) if arguments.only in each.name]
    if not chosen:
        return []
    release = folder / "larger"
    make_release(arguments.binaries, release, disk.SIZE)
    true_files(arguments.binaries, release)
    library = make_library("failing-disk", folder)
    return _each(
        chosen, lambda trial, place: disk.run_trial(trial, library, arguments.binaries, release, place),
        folder / "disks", start)


def _each(
    trials: Sequence[_Trial], run: Callable[[_Trial, Path], _Outcome], folder: Path, start: float,
    at_once: int = _AT_ONCE,
) -> list[_Outcome]:
    """Some at a time, each in a folder of its own; tells how each went."""

    def one(number: int) -> _Outcome:
        outcome = run(trials[number], folder / str(number))
        print(f"[{time.monotonic() - start:4.0f} s] {told(outcome)}", flush=True)
        return outcome

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, range(len(trials))))


if __name__ == "__main__":
    sys.exit(main())
