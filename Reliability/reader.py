"""Reads a file and says how it went, as JSON: a program of its own, so that a read that hangs hangs nobody else.

    python3 -m Reliability.reader PATH [fresh] [PAUSE_AT]

With PAUSE_AT it stops after so many bytes, says so, and goes on when it is given a line; with `fresh` the kernel first
forgets what it has of the file, so that all is asked of the file system. Each folder on the way is looked up by itself:
a call that is timed waits for one name.
"""

import errno
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

WRONG = "wrong bytes"
_PIECE = 128 * 1024
_Found = TypeVar("_Found")


class Stopwatch:
    """Times calls, one by one."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds of the longest, whether it failed or not."""

    def timed(self, call: Callable[..., _Found], *arguments: object) -> _Found:
        start = time.monotonic()
        try:
            return call(*arguments)
        finally:
            self.longest = max(self.longest, time.monotonic() - start)


def open_by_names(path: str | Path, watch: Stopwatch) -> int:
    """A descriptor to read from."""
    for folder in reversed(Path(path).parents):
        watch.timed(os.stat, folder)
    return watch.timed(os.open, path, os.O_RDONLY)


def read(path: str, pause_at: int | None = None, fresh: bool = False) -> dict:
    """What came until the end or the first error, how long that took, and the longest single call."""
    digest, count, watch = hashlib.sha256(), 0, Stopwatch()
    start = time.monotonic()
    failure = None
    try:
        descriptor = open_by_names(path, watch)
        try:
            if fresh:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            while piece := watch.timed(os.read, descriptor, _PIECE):
                digest.update(piece)
                count += len(piece)
                if pause_at is not None and count >= pause_at:
                    pause_at = None
                    print("paused", flush=True)
                    sys.stdin.readline()
        finally:
            watch.timed(os.close, descriptor)
    except OSError as error:
        failure = errno.errorcode.get(error.errno or 0, str(error.errno))
    return {
        "sha256": digest.hexdigest(), "bytes": count, "errno": failure, "longest": watch.longest,
        "seconds": time.monotonic() - start,
    }


def digest_of_first(path: Path, count: int) -> str:
    """The SHA-256 of so many bytes of the file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while count > 0 and (piece := file.read(min(count, 8 * _PIECE))):
            digest.update(piece)
            count -= len(piece)
    return digest.hexdigest()


def mistake(said: dict, sha256: str, truth: Path) -> str:
    """What is wrong with what a reader got of the file of which all bytes have that SHA-256: bytes that came before an error,
    or without one; or else the error number; nothing if all was right."""
    if said["sha256"] != sha256 and (not said["errno"] or said["sha256"] != digest_of_first(truth, said["bytes"])):
        return WRONG
    return said["errno"] or ""


if __name__ == "__main__":
    words = sys.argv[2:]
    print(json.dumps(read(sys.argv[1], next(map(int, filter(str.isdigit, words)), None), "fresh" in words)), flush=True)
