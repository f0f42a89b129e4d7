"""What stands between the kernel and a file system's bytes: the null file systems, measured beside each other.

    python3 -m Benchmarks.bridge [--rounds N] [--works NAME,…] NAME=PROGRAM[,SETTING…]…

Each program is `null-file-system` or `bridge-null`; it gets a mount point, a size and the settings. They take turns, a
new mount for each work. Shown are medians, and the least and most in brackets; `cpu` is the daemon's time on processors
for a request, or for a MiB. The first program is what the others are compared with.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .machine import load
from .mounts import is_mounted
from .processes import BenchError, end_on_signals, eventually, has_ended, run, started
from .statistics import ratios, summary

_SIZE = 1 << 30
_SECONDS = 3
_JOBS = 4
_NAMES = 5_000
_TICK = os.sysconf("SC_CLK_TCK")
_DROP = Path("/proc/sys/vm/drop_caches")


@dataclass
class Mount:
    """A mounted null file system."""

    path: Path
    process_id: int

    @property
    def file(self) -> Path:
        return self.path / "file"

    @property
    def folder(self) -> Path:
        """The directory of many files."""
        return self.path / "folder"

    def processor_time(self) -> float:
        """Seconds that the daemon has spent on processors."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK


@dataclass(frozen=True)
class Work:
    """Something that is done through a mount, so many a second."""

    unit: str
    each: str
    """What the processor time is given for."""
    do: Callable[[Mount], tuple[float, float, float]]
    """How many were done, in how many seconds, and of how many `each`."""
    before: Callable[[Mount], object] | None = None
    """What is done before and not measured."""


def _drop_all() -> None:
    """Empties the kernel's caches, those of names and attributes too."""
    _DROP.write_text("3\n")


def _random(direct: bool) -> Callable[[Mount], tuple[float, float, float]]:
    def do(mount: Mount) -> tuple[float, float, float]:
        part = _SIZE // _JOBS
        text = run([
            "fio", "--name=random", "--readonly", "--allow_file_create=0", f"--filename={mount.file}",
            "--rw=randread", "--ioengine=psync", "--bs=4k", f"--direct={int(direct)}", "--thread",
            f"--numjobs={_JOBS}", f"--size={part}", f"--offset_increment={part}", f"--runtime={_SECONDS}",
            "--group_reporting", "--output-format=json",
        ])
        done = json.loads(text[text.index("{"):])["jobs"][0]["read"]
        return done["total_ios"], done["runtime"] / 1e3, done["total_ios"]

    return do


def _sequential(mount: Mount) -> tuple[float, float, float]:
    buffer = bytearray(1 << 20)
    start = time.monotonic()
    with mount.file.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return _SIZE / 1e6, time.monotonic() - start, _SIZE / (1 << 20)


def _open(mount: Mount) -> tuple[float, float, float]:
    count = 5_000
    start = time.monotonic()
    for _ in range(count):
        os.close(os.open(mount.file, os.O_RDONLY))
    return count, time.monotonic() - start, count


def _list(mount: Mount) -> tuple[float, float, float]:
    """`ls -l` of many files."""
    start = time.monotonic()
    names = run(["ls", "-lU", mount.folder]).count("\n") - 1
    return names, time.monotonic() - start, names


def _stat(mount: Mount) -> tuple[float, float, float]:
    """`stat` of many files."""
    paths = [f"{mount.folder}/{number:06}" for number in range(_NAMES)]
    start = time.monotonic()
    for path in paths:
        os.stat(path)
    return _NAMES, time.monotonic() - start, _NAMES


def _stat_together(mount: Mount) -> tuple[float, float, float]:
    """Two processes look up names of one directory at the same time."""
    start = time.monotonic()
    children = []
    for first in range(2):
        process_id = os.fork()
        if process_id == 0:
            status = 1
            with contextlib.suppress(OSError):
                for number in range(first, _NAMES, 2):
                    os.stat(f"{mount.folder}/{number:06}")
                status = 0
            os._exit(status)
        children.append(process_id)
    if any([os.waitpid(child, 0)[1] for child in children]):
        raise BenchError("a name could not be looked up")
    return _NAMES, time.monotonic() - start, _NAMES


WORKS = {
    "random-direct": Work("reads/s", "read", _random(direct=True)),
    "random-buffered": Work("reads/s", "read", _random(direct=False)),
    "sequential": Work("MB/s", "MiB", _sequential),
    "sequential-again": Work("MB/s", "MiB", _sequential, before=_sequential),
    "open": Work("opens/s", "open", _open),
    "list": Work("files/s", "file", _list),
    "list-again": Work("files/s", "file", _list, before=_list),
    "lookup": Work("stats/s", "stat", _stat),
    "lookup-two": Work("stats/s", "stat", _stat_together),
    "stat-again": Work("stats/s", "stat", _stat, before=_stat),
}


@contextlib.contextmanager
def _mounted(command: list[str], folder: Path) -> Iterator[Mount]:
    path = folder / "mount"
    path.mkdir(exist_ok=True)
    program, *settings = command
    read_ahead = next((word.partition("=")[2] for word in settings if word.startswith("read-ahead-kb=")), "1024")
    settings = [word for word in settings if not word.startswith("read-ahead-kb=")]
    log = folder / "log"
    with contextlib.ExitStack() as ending:
        process = ending.enter_context(started([program, path, str(_SIZE), *settings], log))
        eventually(lambda: is_mounted(path) or process.poll() is not None, 30, f"{program} mounted")
        if process.poll() is not None:
            raise BenchError(f"{program} did not mount: {log.read_text()[-500:]}")
        ending.callback(eventually, lambda: has_ended(process.pid), 20, f"{program} ended")
        ending.callback(run, ["umount", "--lazy", path])
        device = os.stat(path).st_dev
        Path(f"/sys/class/bdi/{os.major(device)}:{os.minor(device)}/read_ahead_kb").write_text(f"{read_ahead}\n")
        yield Mount(path, process.pid)


def _measure(work: Work, command: list[str], folder: Path) -> tuple[float, float]:
    """How many a second, and microseconds of the daemon for each."""
    with _mounted(command, folder) as mount:
        _drop_all()
        if work.before:
            work.before(mount)
        before = mount.processor_time()
        done, seconds, each = work.do(mount)
        used = mount.processor_time() - before
        return done / seconds, used / each * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m Benchmarks.bridge", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--works", default=",".join(WORKS))
    parser.add_argument("contenders", nargs="+", metavar="NAME=PROGRAM[,SETTING…]")
    options = parser.parse_args()
    contenders = {name: words.split(",") for name, _, words in (each.partition("=") for each in options.contenders)}
    end_on_signals()
    print(f"load before: {load()}")
    print(f"{'work':17} {'program':18} {'':7} {'median':>10} {'least':>10} {'most':>10} {'ratio':>6} {'cpu µs':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.works.split(","):
            _show(name, WORKS[name], contenders, options.rounds, Path(folder))
    return 0


def _show(name: str, work: Work, contenders: dict[str, list[str]], rounds: int, folder: Path) -> None:
    found: dict[str, dict[int, tuple[float, float]]] = {each: {} for each in contenders}
    order = list(contenders)
    for number in range(rounds):
        # In each round another one begins.
        for each in order[number % len(order):] + order[: number % len(order)]:
            found[each][number] = _measure(work, contenders[each], folder)
    reference = {number: values[0] for number, values in found[order[0]].items()}
    for each in order:
        rate = summary([values[0] for values in found[each].values()])
        ratio = summary(ratios({number: values[0] for number, values in found[each].items()}, reference))
        used = summary([values[1] for values in found[each].values()])
        print(
            f"{name:17} {each:18} {work.unit:7} {rate.median:10.0f} {rate.least:10.0f} {rate.most:10.0f} "
            f"{ratio.median:6.2f} {used.median:7.2f}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        print(f"bridge: {error}", file=sys.stderr)
        sys.exit(1)
