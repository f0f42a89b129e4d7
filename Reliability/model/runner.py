"""Runs a program, and says where it departs from the model."""

import base64
import contextlib
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from Benchmarks.emulator import MODEL, REGION
from Benchmarks.processes import BenchError

from . import corruption, faults
from .difference import Difference, WrongBytes
from .ground import Ground
from .judge import Judge
from .operations import (
    Close, Copy, Corrupt, DropNames, DropPages, Evict, FaultOff, FaultOn, Fresh, Interrupt, Kill, Latest, List, Open,
    Operation, Read, Remount, Stat, Wait,
)
from .program import Program
from .published import Release
from .world import World

_COPYING = 6.0
"""Seconds after which a copy is broken off where there is trouble, and otherwise four times as many."""
_DROP_CACHES = Path("/proc/sys/vm/drop_caches")


@dataclass
class Outcome:
    """What came of a program."""

    operations: int = 0
    """That did something."""
    reads: int = 0
    """Of them, those that gave bytes."""
    at: int | None = None
    """The place of the operation that went wrong; behind the last one where the end did."""
    wrong: str = ""
    """Nothing if all is as the model has it."""


class Runner:
    """Runs programs on a ground, one after the other."""

    def __init__(self, ground: Ground, releases: Sequence[Release]) -> None:
        self._ground = ground
        self._releases = {release.version: release for release in releases}

    def run(self, program: Program) -> Outcome:
        outcome = Outcome()
        run = _Run(self._ground, World(program.header, self._releases), outcome)
        try:
            outcome.at = 0
            self._ground.begin(program.header)
            for outcome.at, operation in enumerate(program.operations):
                run.do(operation)
            outcome.at = len(program.operations)
            self._ground.finish()
            outcome.at = None
        except WrongBytes as difference:
            outcome.wrong = self._shown(difference)
        except (Difference, BenchError, sqlite3.Error, OSError) as error:
            outcome.wrong = f"{error}" or type(error).__name__
        except Exception as error:  # A fault of the model itself must not cost the program that shows it.
            outcome.wrong = f"{type(error).__name__}: {error}"
        finally:
            if outcome.at is not None:
                self._ground.clear()
        return outcome

    def _shown(self, difference: WrongBytes) -> str:
        try:
            said = self._ground.ask(10, do="last_read")
        except BenchError:
            return str(difference)
        return difference.where(base64.b64decode(said["bytes"]))


class _Run:
    """One program on its way."""

    def __init__(self, ground: Ground, world: World, outcome: Outcome) -> None:
        self._ground, self._world, self._outcome = ground, world, outcome
        self._judge = Judge(world)

    def do(self, operation: Operation) -> None:
        """Raises Difference, BenchError, sqlite3.Error or OSError where something is wrong."""
        match operation:
            case Stat(path): self._judge.looked_up(operation, *self._asked("stat", path=self._path(path)))
            case List(path): self._judge.listed(operation, *self._asked("list", path=self._path(path)))
            case Open(slot, path, direct): self._open(operation, slot, path, direct)
            case Read(slot): self._read(operation, slot)
            case Close(slot):
                if self._world.handles.pop(slot, None):
                    self._asked("close", slot=slot)
            case Copy(): self._copy(operation)
            case Interrupt(): self._interrupt(operation)
            case DropPages(slot):
                if slot in self._world.handles:
                    self._asked("drop_pages", slot=slot)
            case DropNames():
                with contextlib.suppress(OSError):
                    _DROP_CACHES.write_text("2\n")
            case _: self._change(operation)
        self._outcome.operations += 1

    def _change(self, operation: Operation) -> None:
        """What changes the mount or what is around it."""
        ground, world = self._ground, self._world
        match operation:
            case Remount(offline, lazy):
                if lazy:
                    ground.unmount_lazily()
                else:
                    ground.close_files()
                    ground.unmount()
                world.remount(offline, lazy)
                ground.mount_anew(offline)
            case Fresh():
                ground.close_files()
                ground.unmount()
                ground.renew_cache()
                world.empty()
                ground.mount_anew(offline=False)
            case Kill():
                ground.kill_daemon()
                world.kill()
                ground.mount_anew(world.offline)
            case Evict(mebibytes):
                world.lose()
                ground.evict(mebibytes)
            case Corrupt(table, rows, seed):
                world.lose()
                corruption.corrupt(ground.cache, table, rows, seed)
            case FaultOn():
                world.begin_fault(operation, time.monotonic())
                ground.emulator.set(faults.lines(operation))
            case FaultOff(settled):
                ground.emulator.set(faults.OFF)
                world.end_fault(time.monotonic())
                if settled and world.troubles(time.monotonic()):
                    time.sleep(world.grace())
            case Latest(version):
                ground.emulator.set(f"latest={version}\n")
                world.make_latest(version, time.monotonic())
            case Wait(milliseconds): time.sleep(milliseconds / 1000)
            case _: raise Difference(f"nobody knows how to do {operation}")

    def _path(self, path: str) -> str:
        return str(self._ground.path / MODEL / REGION / path)

    def _asked(self, do: str, limit: float = 0, **request: str | int | float | bool) -> tuple[dict, float, float]:
        """The worker's answer, and when it began and ended. That it is late the judge says; far later it hangs."""
        start = time.monotonic()
        blocks = max(release.blocks for release in self._world.releases.values())
        limit = limit or self._world.longest(start, request.get("path", "").count("/"), blocks)
        return self._ground.ask(limit, do=do, **request), start, time.monotonic()

    def _open(self, operation: Open, slot: int, path: str, direct: bool) -> None:
        self._world.handles.pop(slot, None)
        self._judge.opened(operation, *self._asked("open_file", slot=slot, path=self._path(path), direct=direct))

    def _read(self, operation: Read, slot: int) -> None:
        if slot not in self._world.handles:
            return
        answer, start, _ = self._asked("read", slot=slot, offset=operation.offset, count=operation.count)
        self._outcome.reads += answer["errno"] is None
        self._judge.read(operation, answer, start)

    def _copy(self, operation: Copy) -> None:
        troubled = bool(self._world.troubles(time.monotonic()))
        patience = _COPYING * (1 if troubled else 4)
        limit = patience + self._world.longest(time.monotonic(), 8, 8)
        answer, start, end = self._asked("copy", limit, path=self._path(operation.path), patience=patience)
        self._outcome.reads += answer["count"] > 0
        self._judge.copied(operation, answer, start, end)
        if not troubled and answer["errno"] is None and not answer["complete"] and not self._world.troubles(start):
            raise Difference(f"a copy has not ended after {patience:.0f} s")

    def _interrupt(self, operation: Interrupt) -> None:
        start = time.monotonic()
        answer = self._ground.interrupt(operation, Path(self._path(operation.path)), self._world.fault)
        end = time.monotonic()
        self._judge.interrupted(operation, answer, start, end)
        self._world.note_over(FaultOn("stall:0", "data", 0), end)
