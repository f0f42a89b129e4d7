"""Ends without a warning: the daemon is killed, the power goes, the disk changes bits."""

import contextlib
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from Benchmarks.processes import BenchError

from .site import LATE, READ_TIMEOUT, Reading, Site, standing

WORKS = ("copying", "evicting", "indexing")
"""What the daemon does when it is killed: a copy; a copy through a cache that is too small for it; a pass over a member,
which takes checkpoints."""
DAMAGES = ("power", "truncated", "flipped")
"""What happens to the cache's files: they are copied while they are written, as a power cut would leave them; one of them
is cut; bits of one change."""
_SMALL = "8M"
_RATE = "12M"
_ENOUGH = 10
"""Crashes of a kind."""


@dataclass
class Crash:
    """What came of one."""

    kind: str
    seed: int
    after: float
    """Seconds of work before it."""
    kept: int = 0
    """Blocks and checkpoints that were committed before it."""
    lost: int = 0
    """Those that were not there afterwards."""
    wrong: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}, seed {self.seed}"

    def __str__(self) -> str:
        return f"{self.name}: after {self.after:.2f} s, {self.kept} blocks and checkpoints kept"


def crash(kind: str, seed: int, binaries: Path, release: Path, folder: Path) -> Crash:
    """Works for a random time, crashes, and reads all again, which must be right."""
    chance = random.Random(f"{kind} {seed}")
    found = Crash(kind, seed, chance.uniform(0.02, 1.2))
    with standing(binaries, release, folder) as site:
        options = ("--cache-size", _SMALL) if kind == "evicting" else ()
        site.emulator.set(f"rate={_RATE}\n")
        site.mount(*options)
        file = site.member if kind == "indexing" else site.package
        reading = Reading(file)
        time.sleep(found.after)
        if kind in WORKS:
            before = _committed(site)
            site.kill()
            reading.finish(30)
        else:
            _damage(kind, chance, site)
            before = set()
            reading.finish(90)
        site.mount(*options)
        after = _committed(site) if kind in WORKS and kind != "evicting" else before
        found.kept, found.lost = len(before), len(before - after)
        site.emulator.set("rate=off\n")
        for path, sha256 in ((site.package, site.sha256), (site.member, site.member_sha256)):
            said = Reading(path).finish(90)
            if said["longest"] > READ_TIMEOUT + LATE:
                found.wrong = f"{path.name}: a call took {said['longest']:.1f} s"
            if wrong := site.mistake(said, sha256):
                found.wrong = f"{path.name}: {wrong}"
        if found.lost:
            found.wrong = found.wrong or f"{found.lost} of {found.kept} committed blocks and checkpoints are gone"
    return found


def _committed(site: Site) -> set[tuple[int, ...]]:
    """The keys of blocks, and of checkpoints, which have one number more."""
    return site.committed_blocks() | site.committed_checkpoints()


def blame_vain(crashes: list[Crash]) -> None:
    """A crash of work before anything was kept has shown little. Of few crashes all may be so by chance."""
    for kind in WORKS:
        found = [each for each in crashes if each.kind == kind]
        telling = sum(each.kept > 0 for each in found)
        if len(found) >= _ENOUGH and telling < len(found) // 4:
            found[-1].wrong = found[-1].wrong or f"in {telling} of {len(found)} alone something had been committed"


def _damage(kind: str, chance: random.Random, site: Site) -> None:
    """Leaves the cache as the accident would, behind a daemon that has ended."""
    copied = site.folder / "copied"
    copied.mkdir(mode=0o700)
    for file in sorted(site.cache.iterdir(), key=lambda _: chance.random()):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(file, copied / file.name)
    site.kill()
    if kind != "power":
        file = chance.choice([each for each in copied.iterdir() if each.stat().st_size > 0] or [None])
        if file is None:
            raise BenchError("the cache has no bytes yet")
        bytes_ = bytearray(file.read_bytes())
        if kind == "truncated":
            del bytes_[chance.randrange(len(bytes_)):]
        else:
            for _ in range(chance.choice((1, 10, 1000))):
                bytes_[chance.randrange(len(bytes_))] ^= 1 << chance.randrange(8)
        file.write_bytes(bytes_)
    shutil.rmtree(site.cache)
    copied.rename(site.cache)
