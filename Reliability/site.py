"""What a trial stands on: a server, a cache and a mount of its own, and readers."""

import contextlib
import copy
import json
import os
import select
import signal
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from Benchmarks.emulator import MODEL, REGION, Emulator, serving
from Benchmarks.mounts import is_mounted
from Benchmarks.processes import BenchError, end, eventually, has_ended, run

from .leftovers import clear
from .preload import make_library
from .reader import mistake
from .wire import Recorder, certificate, wired

REPOSITORY = Path(__file__).resolve().parent.parent
READ_TIMEOUT = 3.0
"""Seconds, of the mounts."""
SLACK = float(os.environ.get("RELIABILITY_SLACK", "1.5"))
"""Seconds that all may end later than it should: others may run meanwhile."""
LATE = min(SLACK, 5.0)
"""Seconds that a call may end after its deadline: that much of it the machine has at any load."""
MENDED = 10.5 + SLACK
"""Seconds after what was wrong within which all works again; a pause that the server asks for is cut to ten."""
BROKEN_OFF = frozenset({"ENOTCONN", "ECONNABORTED", "EINTR", "EIO"})
"""What a reader may get when the mount ends beneath him."""
_CONNECTIONS = 2


def await_line(process: subprocess.Popen, line: str, limit: float) -> None:
    """Waits until the process says the line, its first; raises BenchError, and ends it, where it does not in time."""
    ready, _, _ = select.select([process.stdout], [], [], limit)
    if not ready or process.stdout.readline() != f"{line}\n":
        end(process)
        raise BenchError(f"a process does not say `{line}` within {limit:.0f} s")


class Reading:
    """A reader on its way."""

    def __init__(self, path: Path, pause_at: int | None = None, fresh: bool = False) -> None:
        command = [sys.executable, "-m", "Reliability.reader", str(path)]
        command += (["fresh"] if fresh else []) + ([str(pause_at)] if pause_at else [])
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def await_pause(self) -> None:
        """Raises BenchError where it ends, or a minute passes, before it has come so far."""
        await_line(self._process, "paused", 60)

    def finish(self, limit: float) -> dict:
        """What it says; raises BenchError where it hangs."""
        try:
            said, _ = self._process.communicate("\n", timeout=limit)
        except subprocess.TimeoutExpired as error:
            end(self._process)
            raise BenchError(f"a read hangs for {limit:.0f} s") from error
        if not said:
            raise BenchError(f"a reader has ended with {self._process.returncode} and says nothing")
        return json.loads(said.splitlines()[-1])


def in_words(error: Exception) -> str:
    """What has ended a trial."""
    return str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"


def truth_folder(release: Path) -> Path:
    """Where a release's files are as they must be."""
    return release.with_name(f"{release.name}.truth")


class Site:
    """A server, a cache and a mount point, all gone when the block ends."""

    def __init__(self, binaries: Path, release: Path, folder: Path) -> None:
        self.binaries, self.release, self.folder = binaries, release, folder
        self.path, self.log, self.cache = folder / "mount", folder / "log", folder / "cache"
        self.database = self.cache / "blocks.sqlite"
        self.path.mkdir(parents=True)
        self._server = contextlib.ExitStack()
        self.emulator = self._serve(0)
        self.url = self.emulator.url
        """What mounts are told to ask."""
        self.environment: dict[str, str] = {}
        """Of the mounts, besides this program's."""
        self._clock, self._name = folder / "clock", folder / "name"
        self._authorities = folder / "authorities.pem"
        truth = json.loads((release / "truth.json").read_text())["files"]
        self.truth = {each["sha256"]: truth_folder(release) / each["path"] for each in truth}
        """By their SHA-256 the files as they must be, where `make_truth` has made them."""
        latest = self.path / MODEL / REGION / "latest"
        package = next(each for each in truth if each["path"].endswith(".zip"))
        member = next(each for each in truth if each["path"].startswith("AP_"))
        served = next(each for each in truth if each["path"] == self.emulator.name)
        self.sha256, self.size, self.package = package["sha256"], package["size"], latest / package["path"]
        self.served_sha256, self.served = served["sha256"], latest / served["path"]
        self.member_sha256, self.member = member["sha256"], latest / member["path"]
        self.encrypted = latest / next(each["path"] for each in truth if each["path"].endswith(".enc4"))
        small = next(each for each in truth if each["path"].startswith("BL_"))
        self.small_sha256, self.small = small["sha256"], latest / small["path"]
        """The first member, which is a small one, and stored as it is; the other is deflated."""

    def _serve(self, port: int) -> Emulator:
        return self._server.enter_context(serving(self.binaries, [self.release], self.folder / "emulator.log", port))

    def mistake(self, said: dict, sha256: str) -> str:
        """What is wrong with what a reader got of the file of which all bytes have that SHA-256; nothing if nothing is."""
        return mistake(said, sha256, self.truth[sha256])

    def stop_server(self) -> None:
        self._server.close()

    def start_server(self) -> None:
        """Again, on the same port."""
        self.emulator = self._serve(self.emulator.port)

    def relay(self, context: ssl.SSLContext | None = None) -> None:
        """Puts a wire between server and mounts, which speaks TLS if there is a context."""
        self.wire = self._server.enter_context(wired(self.emulator.port, context))
        self.url = self.wire.url

    def relay_by_name(self, name: str) -> None:
        """The same, under a name that later mounts know."""
        library = make_library("set-names", self.folder)
        self.environment |= {"LD_PRELOAD": str(library), "SET_NAMES_FILE": str(self._name)}
        self.know_name(True)
        self.relay()
        self.url = self.url.replace("127.0.0.1", name)

    def know_name(self, is_known: bool) -> None:
        if is_known:
            self._name.touch()
        else:
            self._name.unlink()

    def trust(self, folder: Path) -> None:
        """Later mounts trust the certificate that was made there, too."""
        with self._authorities.open("a") as file:
            file.write(certificate(folder))

    def record(self) -> None:
        """Lets another server listen, which nobody should ask."""
        self.recorder = Recorder()
        self._server.callback(self.recorder.close)

    def take_clock(self) -> None:
        """Later mounts have a clock of their own: the one that people set, not the one that only goes on."""
        library = make_library("set-clock", self.folder)
        self._clock.write_bytes(bytes(16))
        self.environment |= {"LD_PRELOAD": str(library), "SET_CLOCK_FILE": str(self._clock)}

    def set_clock(self, ahead: int) -> None:
        """So many seconds ahead of the true time; in place, as mounts have the file mapped."""
        with self._clock.open("r+b") as file:
            file.write(ahead.to_bytes(8, "little", signed=True))

    @property
    def wrong_looks(self) -> int:
        """How often mounts have looked at a clock that was not the true one."""
        return int.from_bytes(self._clock.read_bytes()[8:16], "little")

    @property
    def client(self) -> list[str | Path]:
        """The options of whatever asks the server and uses the cache."""
        url = self.url
        return [
            "--server-url", url, "--cdn-url", url, "--fota-url", url, "--cache-dir", self.cache, "--log-file", self.log,
            "--read-timeout", f"{READ_TIMEOUT:.0f}", "--connections", str(_CONNECTIONS),
            *(["--ca-file", self._authorities] if self._authorities.exists() else []),
        ]

    def command(self, *options: str | Path) -> list[str | Path]:
        """What mounts it; of an option that is given twice the last counts."""
        return [self.binaries / "fusfs", self.path, *self.client, *options]

    def mount(self, *options: str | Path, environment: dict[str, str] | None = None) -> None:
        run(self.command(*options), 30, {**self.environment, **(environment or {})})

    @property
    def status(self) -> dict:
        """What the mount tells of itself."""
        return json.loads(run(["cat", self.path / ".fusfs/status.json"], limit=30))

    @property
    def daemon(self) -> int:
        """The process behind the mount."""
        return self.status["process"]

    def kill(self) -> None:
        """Ends the daemon without a warning; the mount stays dead."""
        process_id = self.daemon
        os.kill(process_id, signal.SIGKILL)
        eventually(lambda: has_ended(process_id), 10, "the end of the daemon")

    def unmount(self) -> None:
        run([self.binaries / "fusfs", "unmount", self.path], limit=30)

    def committed_blocks(self) -> set[tuple[int, ...]]:
        """The keys of the blocks that are committed to the cache."""
        return self._committed("SELECT key FROM block")

    def committed_checkpoints(self) -> set[tuple[int, ...]]:
        """The keys of the checkpoints that are."""
        return self._committed("SELECT stream, output FROM checkpoint")

    def _committed(self, query: str) -> set[tuple[int, ...]]:
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as database:
                return set(database.execute(query))
        except sqlite3.DatabaseError as error:
            if self.database.exists():
                raise BenchError(f"the cache cannot be read: {error}") from error
            return set()

    def last_error(self) -> str:
        return (self.logged("error") or [""])[-1]

    def logged(self, level: str) -> list[str]:
        """What the log says, such as warnings."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [said for line in lines if (said := line.partition(f" {level}: ")[2])]

    def leave(self) -> None:
        """Unmounts whatever is mounted, in whatever state."""
        if is_mounted(self.path):
            with contextlib.suppress(BenchError):
                self.unmount()
        if is_mounted(self.path):
            run(["fusermount3", "-uz", self.path])

    def close(self) -> None:
        try:
            with contextlib.suppress(BenchError, ProcessLookupError):
                os.kill(self.emulator.process_id, signal.SIGCONT)
            self.leave()
        finally:
            try:
                # Of a trial that was broken off the readers are there yet; else there is nothing.
                clear(self.folder)
            finally:
                self._server.close()


@contextlib.contextmanager
def standing(binaries: Path, release: Path, folder: Path) -> Iterator[Site]:
    site = Site(binaries, release, folder)
    try:
        yield site
    finally:
        site.close()


@contextlib.contextmanager
def beside(site: Site) -> Iterator[Site]:
    """Another mount point, on the same server and cache."""
    other = copy.copy(site)
    other.path, other.log = site.folder / "other", site.folder / "other.log"
    other.path.mkdir()
    for name in ("package", "served", "encrypted", "member", "small"):
        setattr(other, name, other.path / getattr(site, name).relative_to(site.path))
    try:
        yield other
    finally:
        other.leave()
