"""Writes programs: which, follows from a seed and what is published alone."""

import random
from collections.abc import Callable, Sequence

from ..matrix import DOWNLOADS
from . import corruption, faults
from .operations import (
    Close, Copy, Corrupt, DropNames, DropPages, Evict, FaultOff, FaultOn, Fresh, Interrupt, Kill, Latest, List, Open,
    Operation, Read, Remount, Stat, Wait,
)
from .program import Header, Program
from .published import Release
from .world import LATEST

_SLOTS = 4
_LARGE = 1 << 20
"""Bytes from which a file is a large one."""
_COUNTS = (0, 1, 15, 16, 17, 512, 4095, 4096, 4097, 40_000, 65_536, 131_072, 131_072, 300_000, 1 << 20)
_FAULT_WEIGHTS = {"stall": 1, "flip": 1, "parallel": 2, "lapse": 2}
"""Of the others three."""
_LENGTHS = (10, 38)
"""Operations of a program, without those at its end."""


def program(seed: int, releases: Sequence[Release]) -> Program:
    """The program of this seed; of the releases the first is the latest at the beginning."""
    chance = random.Random(seed)
    header = Header(
        seed, timeout=chance.choice((1, 1, 1, 2)), connections=chance.choice((1, 2, 4)),
        cache=chance.choice(("1G", "1G", "1G", "8M")))
    return Program(header, tuple(_Author(chance, releases).operations()))


class _Author:
    """What is open and wrong in the program so far, as far as that follows from its text."""

    def __init__(self, chance: random.Random, releases: Sequence[Release]) -> None:
        self._chance = chance
        self._releases = {release.version: release for release in releases}
        self._latest = releases[0].version
        self._fault: FaultOn | None = None
        self._is_damaged = False
        self._is_offline = False
        self._open: dict[int, tuple[int, int]] = {}
        """The size, and where the last read ended."""
        self._planned: list[Operation] = []
        """What comes next whatever chance says, the last of it first."""

    def operations(self) -> list[Operation]:
        found = [self._next() for _ in range(self._chance.randint(*_LENGTHS))]
        return found + self._ending()

    def _ending(self) -> list[Operation]:
        """When all faults have ended, all is well again."""
        found: list[Operation] = [FaultOff(True)]
        if self._is_damaged:
            found.append(Fresh())
        elif self._is_offline:
            found.append(Remount(False, False))
        return [*found, List("."), Copy(self._file(LATEST, small=True)), Copy(self._file(LATEST, small=True))]

    def _next(self) -> Operation:
        if self._planned:
            return self._planned.pop()
        has_open, is_faulty = bool(self._open), self._fault is not None
        choices: list[tuple[float, Callable[[], Operation]]] = [
            (30 if has_open else 0, self._read),
            (6 if has_open else 25, self._open_file),
            (2 if has_open else 0, self._close),
            (3 if has_open else 0, lambda: DropPages(self._slot())),
            (8, lambda: Stat(self._path())),
            (3, lambda: Stat(self._absent())),
            (5, lambda: List(self._directory())),
            (6, lambda: Copy(self._path())),
            (2, self._interrupt),
            (0.3, DropNames),
            (15 if self._is_offline else 4, self._remount),
            (3, Kill),
            (3, lambda: Evict(self._chance.choice((0, 0, 1, 4, 12)))),
            (4, self._corrupt),
            (0 if is_faulty else 7, self._fault_on),
            (0 if is_faulty or self._is_damaged or self._is_offline else 2, self._damage_again),
            (12 if is_faulty else 0, self._fault_off),
            (8 if self._is_damaged and not is_faulty else 0, self._fresh),
            (4, self._make_latest),
            (2, lambda: Wait(self._chance.choice((100, 500, 1200)))),
        ]
        weights, makers = zip(*choices)
        return self._chance.choices(makers, weights)[0]()

    # Names.

    def _directory_name(self) -> str:
        """Of a release."""
        return self._chance.choice((LATEST, LATEST, LATEST, *self._releases))

    def _release(self, name: str) -> Release:
        return self._releases[self._latest if name == LATEST else name]

    def _file(self, name: str, small: bool = False) -> str:
        """Of the release, as it is now, under this name."""
        files = self._release(name).files
        inside = {path: true.size for path, true in files.items() if "/" in path}
        kinds = [
            [path for path, size in inside.items() if size < _LARGE],
            [path for path, true in files.items() if "/" not in path and true.size < _LARGE],
            [path for path, true in files.items() if "/" not in path and true.size >= _LARGE],
            [path for path, size in inside.items() if size >= _LARGE],
        ]
        weights = [50, 20, 0, 0] if small else [50, 20, 20, 10]
        kind = self._chance.choices(kinds, [weight if kind else 0 for kind, weight in zip(kinds, weights)])[0]
        return f"{name}/{self._chance.choice(sorted(kind))}"

    def _path(self) -> str:
        return self._file(self._directory_name())

    def _absent(self) -> str:
        """What is not there, or perhaps not now."""
        name = self._directory_name()
        other = self._chance.choice(list(self._releases))
        return self._chance.choice((
            "none", ".git", f"{name}/none.txt", f"{name}/.git", f"{name}/AP/none.bin", f"{name}/AP/HEAD",
            f"{name}/AP/super/odm.img", f"{self._file(name)}/none.bin",
            f"{name}/{self._file(other).partition('/')[2]}"))

    def _directory(self) -> str:
        name = self._directory_name()
        directories = sorted(self._release(name).directories)
        return self._chance.choice((".", name, f"{name}/{self._chance.choice(directories)}".rstrip("/")))

    # Open files.

    def _slot(self) -> int:
        return self._chance.choice(sorted(self._open))

    def _open_file(self) -> Operation:
        return self._opening(self._chance.randrange(_SLOTS), self._path())

    def _opening(self, slot: int, path: str) -> Operation:
        name, _, rest = path.partition("/")
        self._open[slot] = (self._release(name).files[rest].size, 0)
        return Open(slot, path, self._chance.random() < 0.25)

    def _close(self) -> Operation:
        slot = self._slot()
        del self._open[slot]
        return Close(slot)

    def _read(self) -> Operation:
        return self._reading(self._slot())

    def _reading(self, slot: int) -> Operation:
        size, end = self._open[slot]
        count = self._chance.choice(_COUNTS)
        kind = self._chance.random()
        if kind < 0.5:
            offset = end
        elif kind < 0.85:
            offset = self._chance.randrange(max(1, size))
        elif kind < 0.95:
            offset = max(0, size - self._chance.choice((1, 16, count, 100_000)))
        else:
            offset = size + self._chance.choice((0, 1, 4096, 1 << 40))
        self._open[slot] = (size, min(size, offset + count))
        return Read(slot, offset, count)

    def _interrupt(self) -> Operation:
        path = self._path()
        name, _, rest = path.partition("/")
        blocks = max(1, self._release(name).files[rest].size // 4096)
        return Interrupt(
            path, self._chance.randrange(blocks), self._chance.random() < 0.5, self._chance.choice(("INT", "KILL")))

    # The mount, its cache and its server.

    def _remount(self) -> Operation:
        lazy = self._chance.random() < 0.2
        if not lazy:
            self._open.clear()
        self._is_offline = not self._is_offline and self._chance.random() < 0.4
        return Remount(self._is_offline, lazy)

    def _fresh(self) -> Operation:
        self._open.clear()
        self._is_damaged = self._is_offline = False
        return Fresh()

    def _corrupt(self) -> Operation:
        table = self._chance.choice(("block", "block", corruption.DATA, corruption.DATA, *corruption.TABLES))
        return Corrupt(table, self._chance.choice((1, 3, 1000)), self._chance.randrange(1000))

    def _fault_on(self) -> Operation:
        names = sorted(faults.FAULTS)
        name = self._chance.choices(names, [_FAULT_WEIGHTS.get(name, 3) for name in names])[0]
        places = faults.FAULTS[name].places
        # Most questions are for bytes.
        weights = [3 if place in DOWNLOADS else 1 for place in places]
        self._fault = FaultOn(name, self._chance.choices(places, weights)[0], self._chance.choice((0, 1, 3)))
        self._is_damaged |= faults.damages(self._fault)
        return self._fault

    def _fault_off(self) -> Operation:
        self._fault = None
        return FaultOff(self._chance.random() < 0.3)

    def _damage_again(self) -> Operation:
        """A whole file that was right leaves cache and memory, and comes damaged when it is fetched again: to another mount,
        or to the one that has given it and in which it is open."""
        name = self._directory_name()
        path = f"{name}/{self._chance.choice(sorted(file for file in self._release(name).files if '/' not in file))}"
        self._is_damaged = True
        makers = (self._damaged_in_another_mount, self._damaged_while_open)
        first, *planned = [*self._chance.choice(makers)(path), Copy(path)]
        self._planned = planned[::-1]
        return first

    def _damaged_in_another_mount(self, path: str) -> list[Operation]:
        self._open.clear()
        return [Copy(path), Wait(500), self._eviction(), Remount(False, False), self._damage(), Copy(path), FaultOff(True)]

    def _damaged_while_open(self, path: str) -> list[Operation]:
        slot = self._chance.randrange(_SLOTS)
        return [
            self._opening(slot, path), Copy(path),
            # Of memory the blocks of another package take the place.
            Wait(500), self._eviction(), Copy(self._other_package(path)), DropPages(slot),
            self._damage(), self._reading(slot), self._reading(slot), Copy(path), self._reading(slot),
            FaultOff(True), self._reading(slot)]

    def _eviction(self) -> Operation:
        """Of nearly all, once it has come into the cache."""
        return Evict(self._chance.choice((0, 1)))

    def _damage(self) -> Operation:
        return FaultOn("flip", "data", self._chance.choice((0, 1, 3)))

    def _other_package(self, path: str) -> str:
        """Of another release than that of the path."""
        release = self._release(path.partition("/")[0])
        other = self._chance.choice([each for each in self._releases.values() if each is not release])
        return f"{other.version}/{next(file for file in other.files if file.endswith('.zip') and '/' not in file)}"

    def _make_latest(self) -> Operation:
        self._latest = self._chance.choice(sorted(self._releases))
        return Latest(self._latest)
