"""Names and attributes: with very many releases in the cache, and very many questions."""

import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from . import many
from .emulator import Emulator
from .measurement import Case, Outcome, Row
from .mounts import Mount
from .processes import timed
from .settings import UNSHAPED
from .stage import Served, read

ONE_PATH, ALL_PATHS, ASKED = "one path", "all packages", "all packages, each once after the mount"
_MOUNTS = 5
"""In a measurement; the median of them counts, as each takes only milliseconds."""


def _many(stage: Served) -> many.Many:
    if stage.many is None:
        stage.many = many.prepared(stage.binaries, stage.folder / "many", stage.settings.many_releases)
    return stage.many


def _mount(stage: Served, emulator: Emulator, cache: Path) -> AbstractContextManager[Mount]:
    """A mount that asks nobody again for what it knows: a run lasts longer than that is believed by itself, and at most
    times the server has another release of a model as its latest."""
    return replace(stage, emulator=emulator).mount("fusfs", cache, options=("--latest-ttl", "30d"))


def _filled(stage: Served, name: str, number: int) -> Path:
    """A cache that so many releases were visited with."""
    found, cache = _many(stage), stage.folder / f"many.{name}"
    if not cache.exists():
        unfinished = cache.with_suffix(".unfinished")
        found.fill(unfinished, number, lambda emulator, folder: _mount(stage, emulator, folder))
        unfinished.rename(cache)
    return cache


def releases(stage: Served, case: Case) -> Outcome:
    """A mount, `ls` of its root, and the first question for a release's package."""
    found = _many(stage)
    # Whatever is measured, the address stays that of the cache that holds all.
    caches = {"fusfs": _filled(stage, "all", len(found.releases)), "fusfs-one": _filled(stage, "one", 1)}
    seen: dict[str, list[float]] = {"mount_ms": [], "ls_ms": [], "lookup_ms": [], "peak_mib": []}
    with found.serving() as emulator:
        for _ in range(_MOUNTS):
            with tempfile.TemporaryDirectory(dir=stage.folder) as empty:
                with _mount(stage, emulator, caches.get(case.contender, Path(empty))) as mount:
                    seen["mount_ms"].append(mount.ready * 1e3)
                    seen["ls_ms"].append(timed(["ls", mount.path]) * 1e3)
                    done = read("lookup", mount.path / found.paths[0], program="crowd")
                    seen["lookup_ms"].append(done["seconds"] * 1e3)
                    seen["peak_mib"].append(mount.peak())
    values = {name: statistics.median(each) for name, each in seen.items()}
    return Outcome(values | {"peak_mib": max(seen["peak_mib"])})


def attributes(stage: Served, case: Case) -> Outcome:
    """How many paths a second are answered, by as many processes as there are cores."""
    found = _many(stage)
    paths = found.paths[:1] if case.variant == ONE_PATH else found.paths
    if case.contender == "local":
        return Outcome(_asked(stage, case, _local_files(stage, found.paths), paths, lambda: 0))
    cache = _filled(stage, "all", len(found.releases))
    with found.serving() as emulator, _mount(stage, emulator, cache) as mount:
        values = _asked(stage, case, mount.path, paths, mount.processor_seconds)
        return Outcome(values | {"peak_mib": mount.peak()})


def _asked(
    stage: Served, case: Case, folder: Path, paths: list[str], processor: Callable[[], float]
) -> dict[str, float]:
    names = stage.folder / "names"
    names.write_text("".join(f"{folder / path}\n" for path in paths))
    processes = os.cpu_count() or 1
    before = processor()
    done = read("once", names, processes, program="crowd")
    if case.variant != ASKED:
        # The kernel has their attributes now.
        before = processor()
        done = read("stats", names, processes, stage.settings.crowd_seconds, program="crowd")
    return {
        "per_second": done["count"] / done["seconds"], "daemon_us": (processor() - before) / done["count"] * 1e6,
    }


def _local_files(stage: Served, paths: list[str]) -> Path:
    """Empty files of the same names on the local disk."""
    folder = stage.folder / "names-on-disk"
    for path in paths if not folder.exists() else []:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def rows() -> list[Row]:
    here = (UNSHAPED,)
    return [
        Row("releases", here, ("fusfs", "fusfs-one", "fusfs-empty"), releases),
        Row("attributes", here, ("fusfs", "local"), attributes, (ONE_PATH, ALL_PATHS, ASKED), {ASKED: ("fusfs",)}),
    ]
