"""The command: `python3 -m Benchmarks`, started by scripts/bench.sh."""

import argparse
import os
import shlex
import sys
from pathlib import Path

from . import cold_rows, machine, page, warm_rows
from .measurement import Results
from .mounts import command_line
from .processes import BenchError, end_on_signals
from .rounds import measure_all
from .settings import Settings
from .stage import REPOSITORY, Stage, prepared

_BUILD = REPOSITORY / ".build/bench"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m Benchmarks", description=__doc__)
    parser.add_argument("--binaries", type=Path, default=REPOSITORY / ".build/release", help="where fusfs is")
    parser.add_argument("--peers", type=Path, default=REPOSITORY / ".build/peers", help="where asgard-fus is")
    parser.add_argument("--quick", action="store_true", help="some minutes; the page goes to .build/bench")
    parser.add_argument("--size", type=int, help="MiB of the release (1024; quick 256)")
    parser.add_argument("--rounds", type=int, help="how often each is measured (5; quick 2)")
    parser.add_argument("--rows", help="only these, with commas between; the page goes to .build/bench")
    parser.add_argument("--page", action="store_true", help="only write the page anew from results.json")
    arguments = parser.parse_args()
    for name, least in (("size", 128), ("rounds", 1)):
        value = getattr(arguments, name)
        if value is not None and not least <= value <= 16384:
            parser.error(f"--{name} is {value}, and must be from {least} to 16384")
    return arguments


def _commands(stage: Stage) -> dict[str, str]:
    """How each contender is mounted, without what is this machine's alone."""
    path, cache = stage.folder / "MOUNTPOINT", stage.folder / "CACHE"
    private = {
        str(stage.binaries) + "/": "", str(stage.folder) + "/": "", stage.emulator.url: "URL/",
    }
    found = {}
    for contender in ("fusfs", "rclone", "rclone-full", "httpdirfs", "httpdirfs-cache", "null"):
        text = shlex.join(command_line(stage, contender, path, cache, stage.settings.connections))
        for secret, word in private.items():
            text = text.replace(secret, word)
        found[contender] = text
    found["curl"] = "curl -sSf -r FIRST-LAST -o FILE URL/emulator/files/NAME"
    found["igzip"] = "igzip -dc MEMBER.gz"
    found["fio"] = shlex.join(
        warm_rows.fio_command(Path("FILE"), "4k", warm_rows.JOBS, True, "PART", stage.settings))
    return found


def _measure(arguments: argparse.Namespace, results_path: Path) -> Results:
    quick = arguments.quick
    settings = Settings(quick, arguments.size or (256 if quick else 1024), arguments.rounds or (2 if quick else 5))
    rows = cold_rows.rows(quick) + warm_rows.rows(quick)
    if arguments.rows:
        wanted = arguments.rows.split(",")
        if unknown := set(wanted) - {row.name for row in rows}:
            raise BenchError(f"there is no row {', '.join(sorted(unknown))}")
        rows = [row for row in rows if row.name in wanted]
    print(f"Making a release of {settings.size} MiB", file=sys.stderr)
    with prepared(settings, arguments.binaries.resolve(), arguments.peers.resolve()) as stage:
        results = Results(
            settings={"quick": quick, "size": settings.size, "rounds": settings.rounds,
                      "connections": settings.connections, "random_reads": settings.random_reads,
                      "indexed_reads": settings.indexed_reads, "far_bytes": settings.far_bytes,
                      "patience": settings.peer_patience},
            machine=machine.description(),
            versions=machine.versions(stage.binaries, stage.peers),
            commands=_commands(stage),
            release={"package": stage.emulator.size, "member": stage.member.file_size,
                     "member_deflated": stage.member.compress_size, "boot_end": stage.boot_end},
        )
        try:
            measure_all(stage, rows, results)
        finally:
            results.machine["load at the end"] = machine.load()
            results.write(results_path)
    return results


def main() -> int:
    arguments = _arguments()
    os.chdir(REPOSITORY)
    end_on_signals()
    kind = "-rows" if arguments.rows else "-quick" if arguments.quick else ""
    results_path = _BUILD / f"results{kind}.json"
    folder = _BUILD if kind else REPOSITORY / "docs"
    try:
        results = Results.read(results_path) if arguments.page else _measure(arguments, results_path)
        written = page.write(results, folder)
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"Written: {os.path.relpath(written)}; the figures are in {os.path.relpath(results_path)}")
    failed = [each for each in results.failures() if each.contender == "fusfs"]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
