"""The file systems that are compared: each mounted alone, watched, and unmounted whatever happens."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .emulator import MODEL, REGION
from .processes import BenchError, eventually, has_ended, run, started

if TYPE_CHECKING:
    from .stage import Served

_READ_AHEAD_KIB = 1024
_RCLONE_MODES = {"rclone": "off", "rclone-full": "full"}


@dataclass
class Mount:
    """A mounted file system."""

    path: Path
    package: Path
    """The package in it."""
    member: Path
    """The package's largest member, where the file system shows members."""
    process_id: int
    ready: float
    """Seconds that mounting took."""
    series: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since it was watched, resident MiB."""

    def peak(self) -> float:
        """The most memory that the process has had, in MiB."""
        return self._status("VmHWM:")

    def processor_seconds(self) -> float:
        """What the process has spent on processors until now."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> float:
        for line in Path(f"/proc/{self.process_id}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        return 0.0

    @contextlib.contextmanager
    def watched(self, every: float = 0.05) -> Iterator[None]:
        """Notes the resident memory while the block runs."""
        over = threading.Event()
        start = time.monotonic()

        def watch() -> None:
            while not over.wait(every):
                with contextlib.suppress(OSError):
                    self.series.append((time.monotonic() - start, self._status("VmRSS:")))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def is_mounted(path: Path) -> bool:
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    return any(line.split(" ")[1] == str(path) for line in mounts)


def command_line(
    stage: "Served", contender: str, path: Path, cache: Path, connections: int, options: Sequence[str] = ()
) -> list[str]:
    """The command that mounts a contender on `path`; options are for fusfs alone."""
    emulator = stage.emulator
    match contender:
        case "fusfs":
            url = emulator.url
            return [
                str(stage.binaries / "fusfs"), str(path), "--server-url", url, "--cdn-url", url, "--fota-url", url,
                "--cache-dir", str(cache), "--connections", str(connections),
                "--config", "/dev/null", "--log-file", str(stage.folder / "fusfs.log"), *options,
            ]
        case "rclone" | "rclone-full":
            return [
                "rclone", "mount", ":http:", str(path), "--http-url", emulator.files_url, "--read-only",
                "--vfs-cache-mode", _RCLONE_MODES[contender], "--cache-dir", str(cache), "--config", "/dev/null",
            ]
        case "httpdirfs":
            return ["httpdirfs", "-f", emulator.files_url, str(path)]
        case "httpdirfs-cache":
            return ["httpdirfs", "-f", "--cache", "--cache-location", str(cache), emulator.files_url, str(path)]
        case "null":
            return [str(stage.null), str(path), str(stage.package_size)]
        case _:
            raise BenchError(f"there is no file system {contender}")


@contextlib.contextmanager
def mounted(
    stage: "Served", contender: str, cache: Path, connections: int, options: Sequence[str] = ()
) -> Iterator[Mount]:
    """Mounts a contender with a cache folder, and unmounts it when the block ends."""
    path = stage.folder / "mount"
    path.mkdir(exist_ok=True)
    command = command_line(stage, contender, path, cache, connections, options)
    with contextlib.ExitStack() as ending:
        ending.callback(_unmount, stage, path)
        start = time.monotonic()
        if contender == "fusfs":
            run(command, limit=30)
            ready = time.monotonic() - start
            process_id = _daemon(path)
            ending.callback(_await_end, process_id)
        else:
            process = ending.enter_context(started(command, stage.folder / f"{contender}.log"))
            eventually(lambda: is_mounted(path) or process.poll() is not None, 30, f"{contender} mounted")
            if process.poll() is not None:
                log = (stage.folder / f"{contender}.log").read_text(errors="replace")
                raise BenchError(f"{contender} did not mount: {log.strip()[-500:]}")
            ready = time.monotonic() - start
            process_id = process.pid
            ending.callback(_await_own_end, process)
        # Before the process is waited for; the first is for a mount that has no process to show.
        ending.callback(_unmount, stage, path)
        yield _described(stage, contender, path, process_id, ready)


def _described(stage: "Served", contender: str, path: Path, process_id: int, ready: float) -> Mount:
    if contender == "null":
        _raise_read_ahead(path)
        return Mount(path, path / "file", path / "file", process_id, ready)
    if contender == "fusfs":
        release = path / MODEL / REGION / "latest"
        package = release / stage.emulator.name.removesuffix(".enc4")
        return Mount(path, package, release / stage.member_name, process_id, ready)
    package = path / stage.emulator.name
    return Mount(path, package, package, process_id, ready)


def _raise_read_ahead(path: Path) -> None:
    """As fusfs does for itself where it may."""
    device = os.stat(path).st_dev
    setting = Path(f"/sys/class/bdi/{os.major(device)}:{os.minor(device)}/read_ahead_kb")
    with contextlib.suppress(OSError):
        setting.write_text(f"{_READ_AHEAD_KIB}\n")


def _daemon(path: Path) -> int:
    """The process that has the mount point among its arguments."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
                if len(arguments) > 1 and arguments[1] == os.fsencode(path) and arguments[0].endswith(b"fusfs"):
                    return int(folder.name)
    raise BenchError("fusfs is not running")


def _await_end(process_id: int) -> None:
    eventually(lambda: has_ended(process_id), 30, "the end of fusfs")


def _await_own_end(process: subprocess.Popen) -> None:
    """A peer ends by itself once it is unmounted; one that does not is told to by `started`."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)


def _unmount(stage: "Served", path: Path) -> None:
    for command in (
        [stage.binaries / "fusfs", "unmount", path], ["fusermount3", "-u", "-q", path], ["umount", "-l", path],
    ):
        if not is_mounted(path):
            return
        with contextlib.suppress(BenchError):
            run(command, limit=20)
