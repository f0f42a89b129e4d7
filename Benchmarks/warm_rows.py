"""Work on a release that is kept already, and on the mount itself; no link is in the way."""

import json
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from .machine import drop_caches, read_through, write_free_memory
from .measurement import Case, Outcome, Row
from .mounts import Mount
from .processes import run, timed
from .settings import MEMORY_MARGIN, UNSHAPED, Settings
from .stage import Served, Stage, read
from .statistics import percentile

RANDOM_LENGTH = 128 * 1024
READERS = ("1", "8", "64")
JOBS = 4
CROWD = 64
"""Readers who share a release's files."""
MEMORIES = ("256", "64")
"""MiB of `--memory`: the default, and little."""
IN_MEMORY, ON_DISK = "in memory", "on disk"
"""Where a cache's file, or the local or gzip file, lies when the work starts."""


def _warm(stage: Stage, case: Case, starts: str = IN_MEMORY) -> AbstractContextManager[Mount]:
    """A mount whose cache holds everything, while the kernel holds nothing of what is read through it.

    `starts` says where the file of that cache lies: in the kernel's memory, or on the disk alone.
    """
    cache = stage.folder / "nothing" if case.contender == "null" else stage.filled(case.contender)
    _place(stage, starts, cache.rglob("*"))
    return stage.mount(case.contender, cache)


def _place(stage: Stage, starts: str, files: Iterable[Path]) -> None:
    """Empties the kernel's cache, and brings files into it where they are to be in memory."""
    drop_caches()
    write_free_memory(stage.package_size)
    if starts == IN_MEMORY:
        for file in files:
            if file.is_file():
                read_through(file)


def _seen(outcome: Outcome, case: Case, mount: Mount) -> Outcome:
    if case.contender == "fusfs":
        outcome.values["peak_mib"] = mount.peak()
    return outcome


def _rate(done: dict) -> Outcome:
    return Outcome({"mb_s": done["bytes"] / done["seconds"] / 1e6})


def sequential(stage: Stage, case: Case) -> Outcome:
    """The whole package."""
    if case.contender == "local":
        _place(stage, case.variant, [stage.archive])
        return _rate(read("sequential", stage.archive))
    with _warm(stage, case, case.variant) as mount:
        return _seen(_rate(read("sequential", mount.package)), case, mount)


def member(stage: Stage, case: Case) -> Outcome:
    """A deflated member, from its first byte to its last."""
    if case.contender == "fusfs":
        with _warm(stage, case, case.variant) as mount:
            return _seen(_rate(read("sequential", mount.member)), case, mount)
    _place(stage, case.variant, [stage.gzip])
    # So that the program itself is in memory, as a mount's is.
    run(["igzip", "--version"])
    if case.contender == "igzip":
        return _rate(read("output", "igzip", "-dc", stage.gzip))
    seconds = timed(["sh", "-c", 'exec igzip -dc "$1" >/dev/null', "sh", stage.gzip])
    return Outcome({"mb_s": stage.member.file_size / seconds / 1e6})


def indexed(stage: Stage, case: Case) -> Outcome:
    """128 KiB anywhere in a member that was read to its end once, before this mount."""
    with _warm(stage, case, case.variant) as mount:
        each = [
            seconds * 1e3
            for seconds in read("random", mount.member, stage.settings.indexed_reads, RANDOM_LENGTH)["each"]
        ]
        values = {"p50_ms": percentile(each, 50), "p99_ms": percentile(each, 99)}
        return _seen(Outcome(values, {"each_ms": each}), case, mount)


def fio_command(path: Path, block: str, jobs: int, direct: bool, part: int | str, settings: Settings) -> list[str]:
    """Random reads by several threads, each of a part of the file of its own and of no place twice."""
    return [
        "fio", "--name=random", "--readonly", "--allow_file_create=0", f"--filename={path}", "--rw=randread",
        "--ioengine=psync", f"--bs={block}", f"--direct={int(direct)}", "--thread", f"--numjobs={jobs}",
        f"--size={part}", f"--offset_increment={part}", f"--runtime={settings.fio_seconds}",
        "--group_reporting", "--output-format=json",
    ]


def fio(path: Path, stage: Served, block: str, jobs: int, direct: bool) -> dict:
    part = stage.package_size // jobs // 4096 * 4096
    command = fio_command(path, block, jobs, direct, part, stage.settings)
    text = run(command, limit=60 + 4 * stage.settings.fio_seconds)
    return json.loads(text[text.index("{"):])["jobs"][0]["read"]


def fio_values(done: dict) -> dict[str, float]:
    """What fio found, in the page's units."""
    each = done["clat_ns"]["percentile"]
    return {
        "mb_s": done["bw_bytes"] / 1e6, "iops": done["iops"], "p50_ms": each["50.000000"] / 1e6,
        "p99_ms": each["99.000000"] / 1e6,
    }


def small_reads(stage: Stage, case: Case) -> Outcome:
    """4 KiB anywhere in the package by four threads: past the kernel's cache, or through it while it is empty."""
    with _warm(stage, case) as mount:
        done = fio(mount.package, stage, "4k", JOBS, case.variant == "direct")
        return _seen(Outcome(fio_values(done)), case, mount)


def readers(stage: Stage, case: Case) -> Outcome:
    """128 KiB anywhere in the package by one, eight and 64 threads, past the kernel's cache."""
    with _warm(stage, case) as mount:
        done = fio(mount.package, stage, "128k", int(case.variant), True)
        return _seen(Outcome(fio_values(done)), case, mount)


def crowd(stage: Stage, case: Case) -> Outcome:
    """Many readers of 128 KiB at random in all files of the release: package, server's bytes, members, and all images,
    packed and unpacked."""
    memory = int(case.variant)
    options = ("--memory", f"{memory}M")
    with stage.mount("fusfs", stage.filled("fusfs"), options=options) as mount:
        folder = mount.package.parent
        done = read("reads", folder, CROWD, RANDOM_LENGTH, stage.settings.crowd_seconds, program="crowd")
        each = [seconds * 1e3 for seconds in done["each"]]
        return Outcome({
            "mb_s": done["bytes"] / done["seconds"] / 1e6, "p50_ms": percentile(each, 50),
            "p99_ms": percentile(each, 99), "files": done["files"], "peak_mib": mount.peak(),
            "limit_mib": memory + MEMORY_MARGIN,
        })


def ready(stage: Stage, case: Case) -> Outcome:
    """From the command's start to its end, when the mount answers."""
    with tempfile.TemporaryDirectory(dir=stage.folder) as empty:
        cache = stage.filled("fusfs") if case.variant == "filled" else Path(empty)
        with stage.mount("fusfs", cache) as mount:
            return _seen(Outcome({"ms": mount.ready * 1e3}), case, mount)


def rows(quick: bool) -> list[Row]:
    keepers = () if quick else ("rclone-full", "httpdirfs-cache")
    here = (UNSHAPED,)
    return [
        Row("warm", here, ("fusfs", "rclone-full", "httpdirfs-cache", "null", "local"), sequential,
            (IN_MEMORY, ON_DISK)),
        Row("small", here, ("fusfs", *keepers, "null"), small_reads, ("direct", "buffered")),
        Row("member", here, ("fusfs", "igzip", "igzip-null"), member, (IN_MEMORY, ON_DISK)),
        Row("indexed", here, ("fusfs",), indexed, (IN_MEMORY, ON_DISK)),
        Row("ready", here, ("fusfs",), ready, ("empty", "filled")),
        Row("readers", here, ("fusfs", "null"), readers, READERS),
        Row("crowd", here, ("fusfs",), crowd, MEMORIES),
    ]
