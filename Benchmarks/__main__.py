"""The command: `python3 -m Benchmarks`, started by scripts/bench.sh."""

import argparse
import contextlib
import hashlib
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from . import cold_rows, machine, page, scale_rows, tree_rows, warm_rows
from .measurement import Results, Row
from .mounts import command_line
from .processes import BenchError, end_on_signals
from .rounds import measure_all
from .settings import Settings
from .stage import REPOSITORY, Served, Stage, Tools, prepared

_BUILD = REPOSITORY / ".build/bench"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m Benchmarks", description=__doc__)
    parser.add_argument("--binaries", type=Path, default=REPOSITORY / ".build/release", help="where fusfs is")
    parser.add_argument("--peers", type=Path, default=REPOSITORY / ".build/peers", help="where asgard-fus is")
    parser.add_argument("--quick", action="store_true", help="some minutes; the page goes to .build/bench")
    parser.add_argument("--scale", action="store_true", help="releases of 1, 4 and 10 GiB; quick: of some hundred MiB")
    parser.add_argument("--size", type=int, help="MiB of the release (1024; quick 256); not with --scale")
    parser.add_argument("--rounds", type=int, help="how often each is measured (5; of --scale 3; quick 2)")
    parser.add_argument("--rows", help="only these, with commas between; the page goes to .build/bench")
    parser.add_argument("--resume", action="store_true", help="go on with a run that was interrupted")
    parser.add_argument("--releases", type=Path, help="a folder that releases are made in, and stay in for other runs")
    parser.add_argument("--page", action="store_true", help="only write the page anew from the figures that are there")
    arguments = parser.parse_args()
    for name, least in (("size", 128), ("rounds", 1)):
        value = getattr(arguments, name)
        if value is not None and not least <= value <= 16384:
            parser.error(f"--{name} is {value}, and must be from {least} to 16384")
    if arguments.scale and arguments.size is not None:
        parser.error("--scale has sizes of its own")
    return arguments


def _settings(arguments: argparse.Namespace) -> Settings:
    quick = arguments.quick
    rounds = arguments.rounds or (2 if quick else 3 if arguments.scale else 5)
    return Settings(quick, arguments.size or (256 if quick else 1024), rounds)


def _rows(arguments: argparse.Namespace, settings: Settings) -> list[Row]:
    if arguments.scale:
        rows = scale_rows.rows(settings)
    else:
        rows = cold_rows.rows(settings.quick) + warm_rows.rows(settings.quick) + tree_rows.rows()
    if not arguments.rows:
        return rows
    wanted = arguments.rows.split(",")
    if unknown := set(wanted) - {row.name for row in rows}:
        raise BenchError(f"there is no row {', '.join(sorted(unknown))}")
    return [row for row in rows if row.name in wanted]


def _commands(stage: Served) -> dict[str, str]:
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


@contextlib.contextmanager
def _stage(arguments: argparse.Namespace, settings: Settings) -> Iterator[Served]:
    releases = arguments.releases and arguments.releases.resolve()
    if releases:
        releases.mkdir(parents=True, exist_ok=True)
    tools = Tools(settings, arguments.binaries.resolve(), arguments.peers.resolve(), releases)
    with scale_rows.prepared(tools) if arguments.scale else prepared(tools) as stage:
        yield stage


def _described(stage: Served, rows: list[Row]) -> Results:
    """What is to be measured, with nothing measured yet."""
    settings = stage.settings
    program = hashlib.sha256((stage.binaries / "fusfs").read_bytes()).hexdigest()[:12]
    named = {"patience": settings.peer_patience, "random_reads": settings.random_reads,
             "indexed_reads": settings.indexed_reads, "many_releases": settings.many_releases,
             "crowd_seconds": settings.crowd_seconds, "rows": [row.name for row in rows]}
    release = {}
    if isinstance(stage, Stage):
        named["far_size"] = settings.far_size
        release = {"package": stage.emulator.size, "member": stage.member.file_size,
                   "member_deflated": stage.member.compress_size, "boot_end": stage.boot_end,
                   "far_package": stage.far.emulator.size}
    else:
        named |= {"sizes": list(settings.sizes), "small_cache": settings.small_cache,
                  "needed": scale_rows.needed(settings)}
    return Results(
        settings=asdict(settings) | named | {"program": program}, machine=machine.description(),
        versions=machine.versions(stage.binaries, stage.peers), commands=_commands(stage), release=release)


def _measure(arguments: argparse.Namespace, path: Path) -> None:
    settings = _settings(arguments)
    rows = _rows(arguments, settings)
    with _stage(arguments, settings) as stage:
        results = _described(stage, rows)
        earlier = Results.read(path) if path.exists() else None
        if arguments.resume and earlier:
            try:
                results = results.resumed(earlier)
            except ValueError as error:
                raise BenchError(f"{path.name} is of another run and cannot be gone on with: {error}") from error

        def keep() -> None:
            results.machine["load at the end"] = machine.load()
            results.write(path)

        measure_all(stage, rows, results, earlier.measurements if earlier else [], keep)


def main() -> int:
    arguments = _arguments()
    os.chdir(REPOSITORY)
    end_on_signals()
    kind = "-rows" if arguments.rows else "-quick" if arguments.quick else ""
    paths = [_BUILD / f"results{kind}.json", _BUILD / f"results-scale{kind}.json"]
    folder = _BUILD if kind else REPOSITORY / "docs"
    try:
        if not arguments.page:
            _measure(arguments, paths[1 if arguments.scale else 0])
        found = [Results.read(path) for path in paths if path.exists()]
        if not found:
            raise BenchError("there are no figures yet: run make bench")
        written = page.write(found, folder)
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(f"Written: {os.path.relpath(written)}; the figures are in {os.path.relpath(_BUILD)}/results*.json")
    failed = [each for results in found for each in results.failures() if each.contender == "fusfs"]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
