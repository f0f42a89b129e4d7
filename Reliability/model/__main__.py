"""Runs random programs against a plain model: see ../README.md.

    python3 -m Reliability.model --minutes 2
    python3 -m Reliability.model --repeat REPORT
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from Benchmarks.processes import end_on_signals

from ..site import REPOSITORY
from .find import Searcher
from .ground import make_releases
from .program import parsed_program
from .search import AT_ONCE, search, search_seeds


def main() -> int:
    end_on_signals()
    parser = argparse.ArgumentParser(prog="python3 -m Reliability.model", description="Runs programs against a model.")
    parser.add_argument("--binaries", type=Path, default=REPOSITORY / ".build/release", help="where fusfs is")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--programs", type=int, help="how many")
    amount.add_argument("--minutes", type=float, default=2, help="for how long (2)")
    amount.add_argument("--repeat", type=Path, metavar="FILE", help="the program in a report, once, as it is")
    parser.add_argument("--seed", type=int, help="of the first program, the next ones follow (the time)")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help=f"programs at a time ({AT_ONCE})")
    arguments = parser.parse_args()
    binaries = arguments.binaries.resolve()
    with tempfile.TemporaryDirectory(prefix="fusfs.model.") as name:
        folder = Path(name)
        if arguments.repeat:
            return _repeat(arguments.repeat, binaries, folder)
        first = int(time.time()) if arguments.seed is None else arguments.seed
        print(f"The first seed is {first}.", flush=True)
        if arguments.programs is not None:
            seeds = range(first, first + arguments.programs)
            tally = search_seeds(binaries, make_releases(binaries, folder), folder, seeds, first, at_once=arguments.at_once)
        else:
            tally = search(binaries, folder, first, arguments.minutes, arguments.at_once)
    print(tally)
    return 1 if tally.finds else 0


def _repeat(report: Path, binaries: Path, folder: Path) -> int:
    searcher = Searcher(binaries, make_releases(binaries, folder), folder / "ground", threading.Event())
    try:
        _, find = searcher.try_out(parsed_program(report.read_text()), shrinks=False)
    finally:
        searcher.close()
    print(find or "It goes as the model has it.")
    return 1 if find else 0


if __name__ == "__main__":
    sys.exit(main())
