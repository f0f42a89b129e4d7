"""Ends without a warning: the daemon is killed, the power goes, the disk changes bits."""

import contextlib
import random
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.processes import BenchError

from .outcome import Faulted
from .site import BROKEN_OFF, LATE, READ_TIMEOUT, Reading, Site, standing

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
class Crash(Faulted):
    """What came of one."""

    kind: str
    seed: int
    after: float
    """Seconds of work before it."""
    kept: int = 0
    """Blocks and checkpoints that were committed before it."""
    lost: int = 0
    """Those that were not there afterwards."""
    faults: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.kind}, seed {self.seed}"

    def __str__(self) -> str:
        return f"{self.name}: after {self.after:.2f} s, {self.kept} blocks and checkpoints kept"

    def judge(self, said: dict, site: Site, path: Path, sha256: str, broken_off: bool = False) -> None:
        """A reader gets every byte, and in time; one whose daemon is killed the first of them, and then an error."""
        when = "before the crash" if broken_off else "after it"
        wrong = site.mistake(said, sha256)
        if wrong and not (broken_off and wrong in BROKEN_OFF):
            self.faults.append(f"{path.name}, {when}: {wrong}")
        if said["longest"] > READ_TIMEOUT + LATE:
            self.faults.append(f"{path.name}, {when}: a call took {said['longest']:.1f} s")


def crash(kind: str, seed: int, binaries: Path, release: Path, folder: Path) -> Crash:
    """Works for a random time, crashes, and reads all again, which must be right."""
    chance = random.Random(f"{kind} {seed}")
    found = Crash(kind, seed, chance.uniform(0.02, 1.2))
    with standing(binaries, release, folder) as site:
        options = ("--cache-size", _SMALL) if kind == "evicting" else ()
        site.emulator.set(f"rate={_RATE}\n")
        site.mount(*options)
        read = (site.member, site.member_sha256) if kind == "indexing" else (site.package, site.sha256)
        reading = Reading(read[0])
        time.sleep(found.after)
        if kind in WORKS:
            before = _committed(site)
            site.kill()
        else:
            _damage(kind, chance, site)
            before = set()
        found.judge(reading.finish(30), site, *read, broken_off=True)
        site.mount(*options)
        after = _committed(site) if kind in WORKS and kind != "evicting" else before
        found.kept, found.lost = len(before), len(before - after)
        site.emulator.set("rate=off\n")
        for path, sha256 in ((site.package, site.sha256), (site.member, site.member_sha256)):
            found.judge(Reading(path).finish(90), site, path, sha256)
        if found.lost:
            found.faults.append(f"{found.lost} of {found.kept} committed blocks and checkpoints are gone")
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
            found[-1].faults.append(f"in {telling} of {len(found)} alone something had been committed")


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
