"""Ends without a warning: the daemon is killed, the power goes, the disk changes bits."""

import contextlib
import random
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from Benchmarks.processes import BenchError

from .cache_file import Contents, block_range, contents
from .outcome import Faulted, latest
from .site import BROKEN_OFF, LATE, READ_TIMEOUT, Reading, Site, standing

WORKS = ("copying", "evicting", "indexing")
"""What the daemon does when it is killed: a copy; a copy through a cache that is too small for it; a pass over a member,
which takes checkpoints."""
_KEEPING = ("copying", "indexing")
"""Those of which nothing is evicted."""
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
    """Blocks and checkpoints that must outlast it."""
    lost: int = 0
    """Those that the next mount did not have."""
    late: float | None = None
    """Seconds from a call's deadline to its end, at most; less than none if each ended before, nothing if none was made."""
    faults: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.kind}, seed {self.seed}"

    def __str__(self) -> str:
        return f"{self.name}: after {self.after:.2f} s, {self.kept} blocks and checkpoints to be kept"

    def judge(self, said: dict, site: Site, path: Path, sha256: str, broken_off: bool = False) -> None:
        """A reader gets every byte, and in time; one whose daemon is killed the first of them, and then an error."""
        when = "before the crash" if broken_off else "after it"
        wrong = site.mistake(said, sha256)
        if wrong and not (broken_off and wrong in BROKEN_OFF):
            self.faults.append(f"{path.name}, {when}: {wrong}")
        self.late = latest(self.late, said["longest"] - READ_TIMEOUT)
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
        kept = _strike(kind, chance, site)
        found.judge(reading.finish(30), site, *read, broken_off=True)
        site.mount(*options)
        found.kept, found.lost = len(kept), len(kept - _committed(site))
        if found.lost:
            found.faults.append(f"{found.lost} of {found.kept} blocks and checkpoints are gone")
        site.emulator.reset()
        site.emulator.set("rate=off\n")
        for path, sha256 in ((site.package, site.sha256), (site.member, site.member_sha256)):
            found.judge(Reading(path).finish(90), site, path, sha256)
        asked = site.emulator.asked()
        blocks = [block_range(site, key) for key, *more in kept if not more]
        again = sum(any(each.start < block.stop and block.start < each.stop for each in asked) for block in blocks)
        # A cache that is too small goes on to evict.
        if again and kind != "evicting":
            found.faults.append(f"{again} of {len(blocks)} blocks are fetched again")
        if kept and any("made anew" in line for line in site.logged("warning")):
            found.faults.append("the cache is made anew")
    return found


def _strike(kind: str, chance: random.Random, site: Site) -> set[tuple[int, ...]]:
    """Ends the daemon as the accident would; the keys of what the next mount must have.

    Who copies or indexes evicts nothing: it must have all that was committed before the kill. Else, as eviction goes on
    until the kill, and what an accident has damaged is not to be had, it must have the blocks of which afterwards the bytes
    are as their checksums say, in files in which SQLite finds nothing wrong.
    """
    if kind in _KEEPING:
        before = _committed(site)
        site.kill()
        return before
    if kind == "evicting":
        site.kill()
        after = contents(site)
        if after is None:
            raise BenchError("the cache is damaged after a kill")
    else:
        after = _damage(kind, chance, site)
    return {(key,) for key in after.blocks} if after else set()


def _committed(site: Site) -> set[tuple[int, ...]]:
    """The keys of blocks, and of checkpoints, which have one number more."""
    return site.committed_blocks() | site.committed_checkpoints()


def blame_vain(crashes: list[Crash]) -> None:
    """A crash that nothing had to outlast has shown little. Of few crashes all may be so by chance."""
    for kind in WORKS + DAMAGES:
        found = [each for each in crashes if each.kind == kind]
        telling = sum(each.kept > 0 for each in found)
        # An accident leaves nothing to be kept as often as it hits the database.
        if len(found) >= _ENOUGH and telling < len(found) // (4 if kind in WORKS else 10):
            found[-1].faults.append(f"in {telling} of {len(found)} alone something had to be kept")


def _damage(kind: str, chance: random.Random, site: Site) -> Contents | None:
    """Leaves the cache as the accident would, behind a daemon that has ended; what can be demanded of it."""
    copied = site.folder / "copied"
    copied.mkdir(mode=0o700)
    for file in sorted(site.cache.iterdir(), key=lambda _: chance.random()):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(file, copied / file.name)
    site.kill()
    shutil.rmtree(site.cache)
    copied.rename(site.cache)
    if kind == "power":
        return contents(site)
    file = chance.choice([each for each in site.cache.iterdir() if each.stat().st_size > 0] or [None])
    if file is None:
        raise BenchError("the cache has no bytes yet")
    before = contents(site)
    _spoil(kind, chance, file)
    after = contents(site)
    # An inverted bit may make a row say what SQLite cannot know to be wrong; the log and the blocks have checksums.
    is_unknown = kind == "flipped" and file == site.database
    return after if after and not (is_unknown and (before is None or before.frame != after.frame)) else None


def _spoil(kind: str, chance: random.Random, file: Path) -> None:
    bytes_ = bytearray(file.read_bytes())
    if kind == "truncated":
        del bytes_[chance.randrange(len(bytes_)):]
    else:
        for _ in range(chance.choice((1, 10, 1000))):
            bytes_[chance.randrange(len(bytes_))] ^= 1 << chance.randrange(8)
    file.write_bytes(bytes_)
