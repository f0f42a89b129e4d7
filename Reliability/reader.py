"""Reads a file and says how it went, as JSON: a program of its own, so that a read that hangs hangs nobody else.

    python3 -m Reliability.reader PATH [fresh] [PAUSE_AT]

With PAUSE_AT it stops after so many bytes, says so, and goes on when it is given a line; with `fresh` the kernel first
forgets what it has of the file, so that all is asked of the file system.
"""

import errno
import hashlib
import json
import os
import sys
import time

_PIECE = 128 * 1024


def read(path: str, pause_at: int | None = None, fresh: bool = False) -> dict:
    """What came until the end or the first error, how long that took, and the longest single read."""
    digest, count, longest = hashlib.sha256(), 0, 0.0
    start = time.monotonic()
    failure = None
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            if fresh:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            while True:
                before = time.monotonic()
                try:
                    piece = os.read(descriptor, _PIECE)
                finally:
                    longest = max(longest, time.monotonic() - before)
                if not piece:
                    break
                digest.update(piece)
                count += len(piece)
                if pause_at is not None and count >= pause_at:
                    pause_at = None
                    print("paused", flush=True)
                    sys.stdin.readline()
        finally:
            os.close(descriptor)
    except OSError as error:
        failure = errno.errorcode.get(error.errno or 0, str(error.errno))
    return {
        "sha256": digest.hexdigest(), "bytes": count, "errno": failure, "longest": longest,
        "seconds": time.monotonic() - start,
    }


if __name__ == "__main__":
    words = sys.argv[2:]
    print(json.dumps(read(sys.argv[1], next(map(int, filter(str.isdigit, words)), None), "fresh" in words)), flush=True)
