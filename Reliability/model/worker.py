"""The program that touches the mount, so that a call that hangs hangs nobody else: it takes a request a line, as JSON,
and answers each with a line. Every answer has `errno`, a name or null, and the `seconds` of the call.

    python3 -m Reliability.model.worker
"""

import base64
import contextlib
import errno
import hashlib
import json
import mmap
import os
import stat
import sys
import time

_LARGEST_READ = 4 << 20
_PIECE = 128 << 10


class Worker:
    """What is open, and the bytes that were read last."""

    def __init__(self) -> None:
        self._open: dict[int, int] = {}
        # Aligned to pages, as O_DIRECT wants.
        self._buffer = mmap.mmap(-1, _LARGEST_READ)
        self._last = b""

    def answer(self, request: dict) -> dict:
        start = time.monotonic()
        found: dict = {"errno": None}
        try:
            getattr(self, f"_{request.pop('do')}")(found, **request)
        except OSError as error:
            found["errno"] = errno.errorcode.get(error.errno or 0, str(error.errno))
        return {**found, "seconds": time.monotonic() - start}

    def _stat(self, found: dict, path: str) -> None:
        status = os.stat(path)
        found.update(
            is_directory=stat.S_ISDIR(status.st_mode), mode=stat.S_IMODE(status.st_mode), links=status.st_nlink,
            size=status.st_size, inode=status.st_ino, modified=status.st_mtime_ns)

    def _list(self, found: dict, path: str) -> None:
        found["names"] = []
        with os.scandir(path) as entries:
            for entry in entries:
                found["names"].append(entry.name)

    def _open_file(self, found: dict, slot: int, path: str, direct: bool) -> None:
        self._close(found, slot)
        self._open[slot] = os.open(path, os.O_RDONLY | (os.O_DIRECT if direct else 0))
        found["size"] = os.fstat(self._open[slot]).st_size

    def _read(self, found: dict, slot: int, offset: int, count: int) -> None:
        with memoryview(self._buffer) as memory, memory[:count] as wanted:
            # Of no bytes at all nothing can be read into a part of memory.
            got = os.preadv(self._open[slot], [wanted], offset) if count else len(os.pread(self._open[slot], 0, offset))
            self._last = bytes(wanted[:got])
        found.update(count=got, sha256=hashlib.sha256(self._last).hexdigest())

    def _last_read(self, found: dict) -> None:
        found["bytes"] = base64.b64encode(self._last).decode()

    def _close(self, _: dict, slot: int) -> None:
        if slot in self._open:
            os.close(self._open.pop(slot))

    def _close_all(self, found: dict) -> None:
        for slot in list(self._open):
            with contextlib.suppress(OSError):
                self._close(found, slot)

    def _copy(self, found: dict, path: str, patience: float) -> None:
        """Until the end, an error, or so many seconds have passed."""
        digest, start = hashlib.sha256(), time.monotonic()
        found.update(count=0, longest=0.0, complete=False, sha256=digest.hexdigest())
        descriptor = os.open(path, os.O_RDONLY)
        try:
            while time.monotonic() - start < patience:
                before = time.monotonic()
                try:
                    piece = os.read(descriptor, _PIECE)
                finally:
                    found["longest"] = max(found["longest"], time.monotonic() - before)
                if not piece:
                    found["complete"] = True
                    break
                digest.update(piece)
                found["count"] += len(piece)
        finally:
            found["sha256"] = digest.hexdigest()
            os.close(descriptor)

    def _drop_pages(self, _: dict, slot: int) -> None:
        os.posix_fadvise(self._open[slot], 0, 0, os.POSIX_FADV_DONTNEED)

    def _daemon(self, found: dict, path: str) -> None:
        """The process behind a mount."""
        with open(os.path.join(path, ".fusfs/status.json"), encoding="utf-8") as file:
            found["process"] = json.load(file)["process"]


def main() -> None:
    worker = Worker()
    for line in sys.stdin:
        print(json.dumps(worker.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
