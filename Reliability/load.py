"""Load: very many readers, limits that are reached, and everything at once for long.

    python3 -m Reliability.load [--soak] [--minutes M] [--write] [--short] [--only WORD] [--seed N] [--binaries FOLDER]
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from Benchmarks.emulator import make_release
from Benchmarks.processes import end_on_signals

from . import limits, many, soak, stuck
from .loaded import MEMORY, MORE_MEMORY, Load, Trial
from .outcome import told
from .site import REPOSITORY, in_words

_KINDS = {
    "load: stuck reads": stuck.measure, "load: many processes": many.measure, "load: open files": limits.open_files,
    "load: threads": limits.threads, "load: soak": soak.measure,
}
KINDS = tuple(_KINDS)
_SHORT_MINUTES = 0.25
_MINUTES = 5.0
_SIZE = 16
"""MiB of the release."""


def load(kind: str, binaries: Path, release: Path, folder: Path, short: bool, seed: int, minutes: float = 0) -> Load:
    """Runs a trial, which must have the machine to itself; without `minutes` a soak is as long as there is time for."""
    found = Load(kind)
    minutes = minutes or (_SHORT_MINUTES if short else _MINUTES)
    folder.mkdir(parents=True)
    try:
        _KINDS[kind](Trial(binaries, release, folder, short, seed, minutes), found)
    except Exception as error:  # Whatever it is: the other trials go on.
        found.faults.append(in_words(error))
    return found


def section(loads: list[Load]) -> list[str]:
    """The page's part about them."""
    lines = [
        "## Load", "",
        f"One trial at a time, of daemons with `--memory {MEMORY}M`. All bytes are compared with the truth; afterwards, "
        "with nothing in the way, all must be right again. A daemon's resident memory may be "
        f"{MEMORY + MORE_MEMORY} MiB: that of `--memory`, and {MORE_MEMORY} MiB for the program itself, stacks, and what "
        "the C library cannot use again. While reads are stuck half of the calls, and all but one in a hundred, may take "
        f"{stuck.TIMES} times as long as before and a millisecond, or five, more. In a soak the last third's median may be "
        f"above the second's by {soak.MORE['files']} files, {soak.MORE['threads']} threads, {soak.MORE['memory']:.0f} MiB "
        f"resident, and {soak.MORE['cache']:.0f} MiB of the cache.", "",
        "| trial | what came | most resident, MiB |", "|---|---|---:|",
    ]
    titles = [each.name.partition(": ")[2] for each in loads]
    for title, each in zip(titles, loads, strict=True):
        lines.append(f"| {title} | {each.words}{f' ✗ {each.wrong}' if each.wrong else ''} | {each.memory:.0f} |")
    for title, each in zip(titles, loads, strict=True):
        if each.rows:
            lines += ["", f"{title.capitalize()}:", "", f"| {' | '.join(each.heads)} |"]
            lines += [f"|---|{'---:|' * (len(each.heads) - 1)}", *(f"| {' | '.join(row)} |" for row in each.rows)]
    return lines


def main() -> int:
    end_on_signals()
    parser = argparse.ArgumentParser(prog="python3 -m Reliability.load", description=__doc__.partition("\n")[0])
    parser.add_argument("--binaries", type=Path, default=REPOSITORY / ".build/release", help="where fusfs is")
    parser.add_argument("--soak", action="store_true", help="the soak alone")
    parser.add_argument("--minutes", type=float, default=0, help="of the soak")
    parser.add_argument("--write", action="store_true", help="writes docs/SOAK.md, of a soak alone")
    parser.add_argument("--short", action="store_true", help="a small form of each")
    parser.add_argument("--only", default="", help="what has this in its name")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what is random (the time)")
    arguments = parser.parse_args()
    if arguments.write and (arguments.short or not arguments.soak):
        parser.error("--write is for a whole soak alone")
    print(f"seed {arguments.seed}", flush=True)
    start = time.monotonic()
    found = []
    with tempfile.TemporaryDirectory(prefix="fusfs.load.") as folder:
        release = Path(folder) / "release"
        make_release(arguments.binaries, release, _SIZE)
        for number, kind in enumerate(KINDS[-1:] if arguments.soak else KINDS):
            if arguments.only in kind:
                place = Path(folder) / str(number)
                found.append(load(
                    kind, arguments.binaries, release, place, arguments.short, arguments.seed, arguments.minutes))
                print(f"[{time.monotonic() - start:4.0f} s] {told(found[-1])}", flush=True)
    print("\n".join(section(found)))
    if arguments.write:
        written = f"Written by `make soak`, seed {arguments.seed}; the others are in [RELIABILITY.md](RELIABILITY.md)."
        (REPOSITORY / "docs/SOAK.md").write_text("\n".join(["# A long soak", "", written, "", *section(found), ""]))
    return 1 if any(each.wrong for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
