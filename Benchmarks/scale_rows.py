"""The same work on releases of several sizes, and copies that are larger than a cache."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import curl
from .machine import drop_caches, full_memory, read_through
from .measurement import Case, Outcome, Row
from .mounts import Mount
from .processes import run
from .settings import MEBI, UNSHAPED, Settings, size_title
from .stage import Served, Tools, build_null, check_package, read, release_folder, served, temporary
from .statistics import percentile
from .warm_rows import JOBS, RANDOM_LENGTH, fio, fio_values

GIBI = 1 << 30
READERS = ("1 reader", "8 readers", "64 readers")
SMALL_CACHE, TO_DISK = "small cache", "to disk"
_PARTS = 8
"""How many parts of a step are timed."""
_LARGE_CACHE = ("--cache-size", "1T")


@dataclass
class ScaleStage(Served):
    """Several releases of other sizes, each served by an emulator of its own; this is the smallest."""

    sizes: dict[str, Served]
    """By their titles."""

    def of(self, variant: str) -> tuple[Served, str]:
        """The release of a variant such as `10 GiB, small cache`, and what is said behind the comma."""
        title, _, rest = variant.partition(", ")
        return self.sizes[title], rest


@contextlib.contextmanager
def prepared(tools: Tools) -> Iterator[ScaleStage]:
    """Makes and serves all releases; everything is gone when the block ends."""
    with contextlib.ExitStack() as ending:
        folder = ending.enter_context(temporary(needed(tools.settings, tools.releases)))
        null = build_null(folder)
        stages = [
            ending.enter_context(served(tools, folder / f"{size}", size, null)) for size in tools.settings.sizes
        ]
        least = stages[0]
        titles = map(size_title, tools.settings.sizes)
        yield ScaleStage(
            tools.settings, tools.binaries, tools.peers, folder, least.emulator, null, dict(zip(titles, stages)))


def needed(settings: Settings, releases: Path | None = None) -> int:
    """MiB on the disk: the releases that are not there yet, a full cache of each, and of the largest a cache that is
    being filled beside a copy; and a hundredth for what else a cache holds."""
    made = [size for size in settings.sizes if not releases or not release_folder(releases, size).exists()]
    total = sum(made) + sum(settings.sizes) + 2 * settings.sizes[-1]
    return total * 101 // 100 + 512


def copy(stage: ScaleStage, case: Case) -> Outcome:
    """The whole package, read to its end and dropped, or written to the disk; the server's file is in memory as far as
    the machine has it."""
    one, how = stage.of(case.variant)
    target = one.folder / "copied"
    os.sync()
    with full_memory(one.folder):
        read_through(one.emulator.served)
        try:
            match case.contender:
                case "curl":
                    size = one.emulator.size
                    return Outcome({"mb_s": size / curl.in_parts(one, size, stage.settings.connections) / 1e6})
                case "local":
                    done = read("parts", one.emulator.served, stage.settings.step // _PARTS, target, limit=1800)
                    return Outcome(part_values(done, stage.settings.step))
                case _:
                    return _copied(stage, one, how, target)
        finally:
            target.unlink(missing_ok=True)


def _copied(stage: ScaleStage, one: Served, how: str, target: Path) -> Outcome:
    cache_size = ("--cache-size", f"{stage.settings.small_cache}M") if how == SMALL_CACHE else _LARGE_CACHE
    with one.cold("fusfs", options=cache_size) as mount:
        with mount.watched(0.25):
            before = mount.processor_seconds()
            arguments = [target] if how == TO_DISK else []
            done = read("parts", mount.package, stage.settings.step // _PARTS, *arguments, limit=1800)
            used = mount.processor_seconds() - before
        peak = mount.peak()
    if how == TO_DISK:
        check_package(one, target)
    values = part_values(done, stage.settings.step)
    values |= {"cpu_s_gib": used / done["bytes"] * GIBI, "peak_mib": peak}
    return Outcome(values, {"memory": mount.series, "parts": done["each"]})


def _rate(parts: Iterable[Sequence[float]], least: int) -> float:
    """Bytes a second of the first parts that are together no less than so many bytes."""
    count, seconds = 0.0, 0.0
    for size, took in parts:
        count, seconds = count + size, seconds + took
        if count >= least:
            break
    return count / seconds


def part_values(done: dict, step: int) -> dict[str, float]:
    """What the parts of a copy say; of a file that is shorter than two steps there is no first and no last."""
    values = {"mb_s": done["bytes"] / done["seconds"] / 1e6}
    if done["bytes"] >= 2 * step:
        first, last = _rate(done["each"], step), _rate(reversed(done["each"]), step)
        values |= {"first_mb_s": first / 1e6, "last_mb_s": last / 1e6, "last_over_first": last / first}
    return values


@contextlib.contextmanager
def _warm(one: Served, is_in_memory: bool) -> Iterator[Mount]:
    """A mount whose cache holds everything; its file in memory as far as the machine has it, or on the disk alone."""
    cache = one.filled("fusfs", _LARGE_CACHE)
    with contextlib.ExitStack() as ending:
        if is_in_memory:
            for file in cache.rglob("*"):
                if file.is_file():
                    read_through(file)
        else:
            drop_caches()
            ending.enter_context(full_memory(one.folder))
        # The program's own pages are in memory either way.
        run([one.binaries / "fusfs", "--version"])
        yield ending.enter_context(one.mount("fusfs", cache, options=_LARGE_CACHE))


def warm(stage: ScaleStage, case: Case) -> Outcome:
    """The whole package out of the cache, which lies on the disk alone."""
    one, _ = stage.of(case.variant)
    with _warm(one, is_in_memory=False) as mount:
        before = mount.processor_seconds()
        done = read("parts", mount.package, stage.settings.step // _PARTS, limit=1800)
        used = mount.processor_seconds() - before
        return Outcome({
            "mb_s": done["bytes"] / done["seconds"] / 1e6, "cpu_s_gib": used / done["bytes"] * GIBI,
            "peak_mib": mount.peak(),
        })


def small_reads(stage: ScaleStage, case: Case) -> Outcome:
    """4 KiB anywhere in the package by four threads, past the kernel's cache; and how soon the mount was ready."""
    return _at_random(stage, case, "4k", JOBS)


def readers(stage: ScaleStage, case: Case) -> Outcome:
    """128 KiB anywhere in the package by several threads, past the kernel's cache."""
    return _at_random(stage, case, "128k", int(stage.of(case.variant)[1].split()[0]))


def _at_random(stage: ScaleStage, case: Case, block: str, jobs: int) -> Outcome:
    one, _ = stage.of(case.variant)
    with _warm(one, is_in_memory=True) as mount:
        before = mount.processor_seconds()
        done = fio(mount.package, one, block, jobs, True)
        used = mount.processor_seconds() - before
        values = fio_values(done) | {
            "cpu_s_gib": used / done["io_bytes"] * GIBI, "ready_ms": mount.ready * 1e3, "peak_mib": mount.peak(),
        }
        return Outcome(values)


def indexed(stage: ScaleStage, case: Case) -> Outcome:
    """128 KiB anywhere in a member that was read to its end once, before this mount."""
    one, _ = stage.of(case.variant)
    with _warm(one, is_in_memory=True) as mount:
        before = mount.processor_seconds()
        done = read("random", mount.member, stage.settings.indexed_reads, RANDOM_LENGTH)
        used = mount.processor_seconds() - before
        each = [seconds * 1e3 for seconds in done["each"]]
        return Outcome({
            "p50_ms": percentile(each, 50), "p99_ms": percentile(each, 99),
            "cpu_ms": used * 1e3 / len(each), "peak_mib": mount.peak(),
        })


def rows(settings: Settings) -> list[Row]:
    here, sizes = (UNSHAPED,), tuple(map(size_title, settings.sizes))
    small_cache, to_disk = f"{sizes[-1]}, {SMALL_CACHE}", f"{sizes[-1]}, {TO_DISK}"
    return [
        Row("scale-copy", here, ("fusfs", "curl"), copy, (*sizes, small_cache, to_disk),
            {small_cache: ("fusfs",), to_disk: ("fusfs", "local")}),
        Row("scale-warm", here, ("fusfs",), warm, sizes),
        Row("scale-small", here, ("fusfs",), small_reads, sizes),
        Row("scale-indexed", here, ("fusfs",), indexed, sizes),
        Row("scale-readers", here, ("fusfs",), readers, tuple(f"{size}, {each}" for size in sizes for each in READERS)),
    ]
