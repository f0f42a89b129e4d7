"""What a trial stands on: a server, a cache and a mount of its own, and readers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from Benchmarks.emulator import MODEL, REGION, Emulator, serving
from Benchmarks.processes import BenchError, end, eventually, has_ended, run

REPOSITORY = Path(__file__).resolve().parent.parent
READ_TIMEOUT = 3.0
"""Seconds, of the mounts."""
SLACK = 1.5
"""Seconds that a read may end later than its deadline: the machine is shared."""
_CONNECTIONS = 2


class Reading:
    """A reader on its way."""

    def __init__(self, path: Path, pause_at: int | None = None) -> None:
        command = [sys.executable, "-m", "Reliability.reader", str(path)] + ([str(pause_at)] if pause_at else [])
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def await_pause(self) -> None:
        self._process.stdout.readline()

    def finish(self, limit: float) -> dict:
        """What it says; raises BenchError where it hangs."""
        try:
            said, _ = self._process.communicate("\n", timeout=limit)
        except subprocess.TimeoutExpired as error:
            end(self._process)
            raise BenchError(f"a read hangs for {limit:.0f} s") from error
        return json.loads(said.splitlines()[-1])


class Site:
    """A server, a cache and a mount point, all gone when the block ends."""

    def __init__(self, binaries: Path, release: Path, folder: Path) -> None:
        self.binaries, self.release, self.folder = binaries, release, folder
        self.path, self.log, self.cache = folder / "mount", folder / "log", folder / "cache"
        self.path.mkdir(parents=True)
        self._server = contextlib.ExitStack()
        self.emulator = self._serve(0)
        truth = json.loads((release / "truth.json").read_text())["files"]
        latest = self.path / MODEL / REGION / "latest"
        package = next(each for each in truth if each["path"].endswith(".zip"))
        member = next(each for each in truth if each["path"].startswith("AP_"))
        self.sha256, self.size, self.package = package["sha256"], package["size"], latest / package["path"]
        self.member_sha256, self.member = member["sha256"], latest / member["path"]

    def _serve(self, port: int) -> Emulator:
        return self._server.enter_context(serving(self.binaries, [self.release], self.folder / "emulator.log", port))

    def stop_server(self) -> None:
        self._server.close()

    def start_server(self) -> None:
        """Again, on the same port."""
        self.emulator = self._serve(self.emulator.port)

    def mount(self, *options: str) -> None:
        url = self.emulator.url
        run([
            self.binaries / "fusfs", self.path, "--server-url", url, "--cdn-url", url, "--fota-url", url, "--cache-dir",
            self.cache, "--log-file", self.log, "--read-timeout", f"{READ_TIMEOUT:.0f}", "--connections",
            str(_CONNECTIONS), *options,
        ], limit=30)

    @property
    def daemon(self) -> int:
        """The process behind the mount."""
        return json.loads((self.path / ".fusfs/status.json").read_text())["process"]

    def kill(self) -> None:
        """Ends the daemon without a warning; the mount stays dead."""
        process_id = self.daemon
        os.kill(process_id, signal.SIGKILL)
        eventually(lambda: has_ended(process_id), 10, "the end of the daemon")

    def unmount(self) -> None:
        run([self.binaries / "fusfs", "unmount", self.path], limit=30)

    def last_error(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        errors = [line for line in lines if " error: " in line]
        return errors[-1].partition(" error: ")[2] if errors else ""

    def close(self) -> None:
        with contextlib.suppress(BenchError, ProcessLookupError):
            os.kill(self.emulator.process_id, signal.SIGCONT)
        if os.path.ismount(self.path):
            with contextlib.suppress(BenchError):
                self.unmount()
        if f" {self.path} " in Path("/proc/self/mounts").read_text():
            run(["umount", "-l", self.path])
        self._server.close()


@contextlib.contextmanager
def standing(binaries: Path, release: Path, folder: Path) -> Iterator[Site]:
    site = Site(binaries, release, folder)
    try:
        yield site
    finally:
        site.close()
