"""What programs run on: a server with two releases, and for each program a cache and mounts of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE

from Benchmarks.emulator import MODEL, REGION, VERSION, Emulator, make_release, serving
from Benchmarks.mounts import is_mounted
from Benchmarks.processes import BenchError, eventually, has_ended, run

from ..site import Site, standing
from . import faults, glance
from .hand import Hand
from .operations import FaultOn, Interrupt
from .program import Header
from .published import Release, sha256_of_file, true_files
from .world import TTL

OLDER = "A207FXXU1BTK1"
_SIZE = 16
"""MiB of a release, the least that can be made."""
_MEMORY = "64M"
"""The least: recent blocks soon come from the cache's file."""
_NEVER = 15.0
"""Seconds beyond its limit after which a call is taken to hang."""
_ENDING = 15.0
"""Seconds in which a daemon must end."""
_HELD = 0.15
"""Seconds for which a program waits for the server before it is interrupted."""
_MOST_MOUNTS = 16
"""That lie one on the other."""


def make_releases(binaries: Path, folder: Path) -> list[Release]:
    """Two releases, the latest first, below `folder`, with plain copies that were compared with what is true."""
    return [_made(binaries, folder, version) for version in (VERSION, OLDER)]


def _made(binaries: Path, folder: Path, version: str) -> Release:
    made, copies = folder / version, folder / f"{version}.plain"
    make_release(binaries, made, _SIZE, version)
    release = Release(version, true_files(made), copies, made)
    with standing(binaries, made, folder / f"{version}.site") as site:
        site.mount("--read-timeout", "60")
        for path, true in release.files.items():
            (copies / path).parent.mkdir(parents=True, exist_ok=True)
            run(["cp", site.path / MODEL / REGION / version / path, copies / path], limit=120)
            if sha256_of_file(copies / path) != true.sha256:
                raise BenchError(f"without any fault {path} is not as it was published")
    return release


class Ground(Site):
    """A server that goes on from program to program, and the mounts of one program at a time."""

    def __init__(self, binaries: Path, releases: Sequence[Path], folder: Path) -> None:
        self._releases = releases
        super().__init__(binaries, releases[0], folder)
        self.hand = Hand()
        self._programs = 0
        self._options: list[str] = []
        self._daemons: list[int] = []

    def _serve(self, port: int) -> Emulator:
        return self._server.enter_context(
            serving(self.binaries, self._releases, self.folder / "emulator.log", port))

    # A program's beginning and end.

    def begin(self, header: Header) -> None:
        """Mounts with an empty cache; the server is as at the beginning."""
        self.emulator.set(f"{faults.OFF}latest={self._releases[0].name}\n")
        self.emulator.reset()
        self.log.unlink(missing_ok=True)
        self._options = [
            "--read-timeout", str(header.timeout), "--connections", str(header.connections),
            "--cache-size", header.cache, "--memory", _MEMORY, "--latest-ttl", f"{TTL:.0f}", "--config", "/dev/null"]
        self.renew_cache()
        self.mount_anew(offline=False)

    def renew_cache(self) -> None:
        """The next mount has another cache, which is empty."""
        self._programs += 1
        self.cache = self.folder / f"cache.{self._programs}"

    def mount_anew(self, offline: bool) -> None:
        self.mount(*self._options, *(["--offline"] if offline else []))
        said = self.ask(10, do="daemon", path=str(self.path))
        if said["errno"]:
            raise BenchError(f"the new mount answers {said['errno']}")
        self._daemons.append(said["process"])

    def finish(self) -> None:
        """Unmounts; raises BenchError where a daemon does not end."""
        self.close_files()
        self.unmount()
        for process_id in self._daemons:
            eventually(lambda number=process_id: has_ended(number), _ENDING, "the end of a daemon")
        self._forget()

    def clear(self) -> None:
        """Whatever has happened: no daemon, no mount and no cache is left."""
        for process_id in self._daemons:
            if not has_ended(process_id):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGKILL)
        # It comes back from whatever it hung in.
        self.hand.end()
        for _ in range(_MOST_MOUNTS):
            if is_mounted(self.path):
                run(["umount", "-l", self.path])
        self._forget()

    def _forget(self) -> None:
        self._daemons.clear()
        for cache in self.folder.glob("cache.*"):
            shutil.rmtree(cache, ignore_errors=True)

    def close(self) -> None:
        self.clear()
        super().close()

    # What operations do.

    def ask(self, limit: float, **request: str | int | float | bool) -> dict:
        """What the worker answers; raises Hangs long after the limit."""
        return self.hand.ask(limit + _NEVER, **request)

    def close_files(self) -> None:
        self.ask(10, do="close_all")

    def kill_daemon(self) -> None:
        """Of the newest mount, which stays as it is left."""
        os.kill(self._daemons[-1], signal.SIGKILL)
        eventually(lambda: has_ended(self._daemons[-1]), 10, "the end of a daemon that was killed")

    def unmount_lazily(self) -> None:
        run([self.binaries / "fusfs", "unmount", "--lazy", self.path], limit=30)

    def evict(self, mebibytes: int) -> None:
        verb = ["trim", f"{mebibytes}M"] if mebibytes else ["clear"]
        run([self.binaries / "fusfs", "cache", *verb, "--cache-dir", self.cache, "--config", "/dev/null"], limit=30)

    def interrupt(self, operation: Interrupt, path: Path, fault: FaultOn | None) -> dict:
        """Reads while the server withholds what is asked for; the fault is on again afterwards."""
        stalled = FaultOn("stall:0", "data", 0)
        self.emulator.set(faults.lines(stalled))
        command = [sys.executable, "-I", "-S", glance.__file__, str(path), str(operation.block)]
        if operation.direct:
            command.append("direct")
        process = subprocess.Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_HELD)
            sent = time.monotonic()
            process.send_signal(signal.Signals[f"SIG{operation.signal}"])
            try:
                written, said = process.communicate(timeout=_NEVER)
            except subprocess.TimeoutExpired as error:
                raise BenchError(f"SIG{operation.signal} does not end a program that reads") from error
            return {
                "status": process.returncode, "bytes": written, "said": said.decode(errors="replace").strip(),
                "seconds": time.monotonic() - sent}
        finally:
            process.kill()
            process.stdout.close()
            process.stderr.close()
            self.emulator.set(faults.lines(fault))
