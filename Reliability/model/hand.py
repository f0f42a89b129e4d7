"""The worker's other end."""

import contextlib
import json
import os
import select
import subprocess
import sys
import time

from Benchmarks.processes import BenchError

from ..site import REPOSITORY


class Hangs(BenchError):
    """A call has not come back."""


class Hand:
    """A worker, started when it is first wanted, and anew after one that hung."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None

    def ask(self, limit: float, **request: str | int | float | bool) -> dict:
        """What the worker answers; raises Hangs where it does not within `limit` seconds. That one is good for nothing
        more: `end` it."""
        process = self._process or self._started()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request).encode() + b"\n")
        line, deadline = b"", time.monotonic() + limit
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Hangs(f"{request['do']} hangs for {limit:.0f} s")
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                raise BenchError(f"the worker has ended at {request}")
            line += piece
        return json.loads(line)

    def _started(self) -> subprocess.Popen:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "Reliability.model.worker"], cwd=REPOSITORY, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, bufsize=0, start_new_session=True)
        return self._process

    def end(self) -> None:
        """Kills the worker, if there is one. A call that hangs must have been ended by the end of its mount."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.stdin.close()
        process.stdout.close()
