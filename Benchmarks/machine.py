"""The machine: what it is, which programs it has, and its kernel's cache."""

import contextlib
import mmap
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .processes import BenchError, run

_DROP = Path("/proc/sys/vm/drop_caches")
_MEBI = 1 << 20
_WRITTEN = 4096
"""MiB of free memory that are written at most before a measurement."""
_WRITING = 15.0
"""Seconds that this may take."""
_LEFT_FREE = 512
"""MiB of memory that stay free when the rest is filled."""
_FILLING = 60.0
"""Seconds that this may take."""


def can_drop_caches() -> bool:
    """Whether the kernel's cache of file contents can be emptied; root may."""
    return os.access(_DROP, os.W_OK)


def drop_caches() -> None:
    """Writes out what waits to be written, and empties the kernel's cache of file contents where that is permitted."""
    os.sync()
    if can_drop_caches():
        _DROP.write_text("1\n")


def write_free_memory(work: int) -> None:
    """Writes four times as many bytes of free memory as the work has, a quarter of what is free at most, and gives it back.

    The host of a virtual machine may take its free pages away, and whoever uses one next waits for another, some
    microseconds for each 4 KiB: more than a copy takes. So all contenders begin with pages that are there, whatever ran
    before.
    """
    count = min(_WRITTEN, 4 * work // _MEBI, _memory("MemAvailable") // 4)
    if count == 0:
        return
    zeros = bytes(32 * _MEBI)
    by = time.monotonic() + _WRITING
    with mmap.mmap(-1, count * _MEBI, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for start in range(0, count * _MEBI - len(zeros), len(zeros)):
            memory[start:start + len(zeros)] = zeros
            if time.monotonic() > by:
                break


@contextlib.contextmanager
def full_memory(folder: Path) -> Iterator[None]:
    """While the block runs, what was free holds a file in that folder which is one hole, and which the kernel drops for
    whatever wants its pages.

    Work that takes more memory than `write_free_memory` writes would come upon pages that the host has taken away in its
    middle. And a machine that has been up for long has no free memory either.
    """
    by = time.monotonic() + _FILLING
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.truncate(_memory("MemTotal") * _MEBI)
        buffer = bytearray(16 * _MEBI)
        while _memory("MemFree") > _LEFT_FREE and time.monotonic() < by and file.readinto(buffer):
            pass
        yield


def _memory(name: str) -> int:
    """MiB of a line of `/proc/meminfo`; 0 if there is none."""
    found = re.search(rf"^{name}:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return int(found.group(1)) // 1024 if found else 0


def read_through(path: Path) -> None:
    """Brings a file into the kernel's cache."""
    buffer = bytearray(1 << 20)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def load() -> str:
    """What ran beside: the average number of runnable processes of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def description() -> dict[str, str]:
    """The machine in words: nothing that names it or its owner."""
    cpu = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "processor": cpu.group(1).strip() if cpu else platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{_memory('MemTotal') / 1024:.1f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "load before": load(),
        "free memory": f"written once before each measurement that uses much, {_WRITTEN // 1024} GiB at most; none for "
        "large releases",
        "cache dropped": "yes" if can_drop_caches() else "no, that takes root: warm rows read what the kernel kept",
    }


def versions(binaries: Path, peers: Path) -> dict[str, str]:
    """What each program says of its version."""
    python = peers / "bin/python"
    commands: dict[str, list[str | Path]] = {
        "fusfs": [binaries / "fusfs", "--version"],
        "rclone": ["rclone", "version"],
        "httpdirfs": ["dpkg-query", "-W", "-f", "httpdirfs ${Version}", "httpdirfs"],
        "asgard-fus": [python, "-c", "import asgard; print('asgard-fus', asgard.__version__)"],
        "curl": ["curl", "--version"],
        "fio": ["fio", "--version"],
        "igzip": ["igzip", "--version"],
        "gcc": ["gcc", "--version"],
        "libfuse": ["pkg-config", "--modversion", "fuse3"],
    }
    found = {}
    for name, command in commands.items():
        try:
            line = run(command, limit=20).strip().splitlines()[0]
        except (BenchError, OSError, IndexError):
            line = "unknown"
        number = re.search(r"v?\d+\.\d+[\w.+~-]*", line)
        found[name] = number.group(0) if number else line
    return found
