"""What becomes of the disk under a cache, and how it mends."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from Benchmarks.processes import BenchError, run

from .site import Site

_ROOMY = "256M"
"""Of the file system in memory, while it is not full."""
_ATTEMPTS = 50


class NotRun(Exception):
    """Why a fault cannot be made here, in a few words."""


class Disk:
    """The disk under the cache of a site, which fails on order."""

    def __init__(self, site: Site, library: Path) -> None:
        self.site = site
        self._orders = site.folder / "orders"
        self._library = library

    @property
    def environment(self) -> dict[str, str]:
        """Of a program for which the disk fails; see failing-disk.c."""
        return {
            "LD_PRELOAD": str(self._library), "FAILING_DISK_FOLDER": str(self.site.cache.resolve()),
            "FAILING_DISK_ORDERS": str(self._orders),
        }

    @contextlib.contextmanager
    def ordered(self, words: str) -> Iterator[None]:
        """An order holds while the block runs."""
        ahead = self._orders.with_suffix(".new")
        ahead.write_text(words)
        ahead.replace(self._orders)
        try:
            yield
        finally:
            self._orders.unlink()


@dataclass(frozen=True)
class DiskFault:
    """Something that happens to the disk."""

    name: str
    words: str
    strikes: Callable[[Disk], AbstractContextManager[None]]
    """While the block runs it is so; at its end the disk mends."""
    prepared: Callable[[Site], AbstractContextManager[None]] = lambda site: nullcontext()
    """What the cache needs to stand on."""


def _order(name: str, words: str, order: str | None = None) -> DiskFault:
    return DiskFault(name, words, lambda disk: disk.ordered(order or name))


def _change(
    name: str, words: str, change: Callable[[Path], None], undo: Callable[[Path], None] | None = None
) -> DiskFault:
    """Something is done to the cache's directory."""

    @contextlib.contextmanager
    def strikes(disk: Disk) -> Iterator[None]:
        change(disk.site.cache)
        yield
        if undo:
            undo(disk.site.cache)

    return DiskFault(name, words, strikes)


def _without(name: str) -> DiskFault:
    return _change(f"{name} removed", f"`{name}` is removed", lambda cache: (cache / name).unlink())


def _remove(cache: Path, substitute: Callable[[Path], None] = lambda cache: None) -> None:
    """At once, whatever is being written in it."""
    gone = cache.with_suffix(".gone")
    cache.rename(gone)
    substitute(cache)
    shutil.rmtree(gone)


def _replace(cache: Path) -> None:
    _remove(cache, lambda path: path.touch(0o600, exist_ok=False))


@contextlib.contextmanager
def _in_memory(site: Site) -> Iterator[None]:
    """A file system of its own for the cache, which can be made smaller."""
    if os.geteuid() != 0:
        raise NotRun("mounting a tmpfs takes root")
    site.cache.mkdir(mode=0o700)
    try:
        run(["mount", "-t", "tmpfs", "-o", f"size={_ROOMY},mode=700", "none", site.cache])
    except BenchError as error:
        raise NotRun("a tmpfs cannot be mounted") from error
    try:
        yield
    finally:
        run(["umount", "-l", site.cache])


def _resize(cache: Path, size: str) -> bool:
    command = ["mount", "-o", f"remount,size={size}", str(cache)]
    return subprocess.run(command, capture_output=True, timeout=20, stdin=subprocess.DEVNULL).returncode == 0


@contextlib.contextmanager
def _shrunk(disk: Disk) -> Iterator[None]:
    """No larger than what is there: tried again where more has come meanwhile, which the kernel refuses."""
    cache = disk.site.cache
    for _ in range(_ATTEMPTS):
        found = os.statvfs(cache)
        if _resize(cache, str((found.f_blocks - found.f_bfree) * found.f_frsize)):
            break
    else:
        raise BenchError("the tmpfs does not become smaller")
    yield
    if not _resize(cache, _ROOMY):
        raise BenchError("the tmpfs does not become larger")


FAULTS = (
    DiskFault("full", "a file system shrinks to what is on it, until there is room again", _shrunk, _in_memory),
    _order("ENOSPC", "every write is refused: no space"),
    _order("EDQUOT", "every write is refused: the quota"),
    _order("EROFS", "the file system becomes read-only"),
    _order("EIO", "every read and write fails"),
    _order("slow", "each write takes 500 ms", "delay 500"),
    _order("hangs", "each write takes as long as the fault lasts", "delay 600000"),
    _change("directory removed", "the cache's directory is removed", _remove),
    _change("directory replaced", "a file takes the directory's place, until it is removed", _replace, Path.unlink),
    _without("blocks.sqlite"),
    _without("blocks.data"),
)
