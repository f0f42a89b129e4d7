"""Programs that the benchmark starts: each is waited for with a limit, and ended by its own id."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType


class BenchError(Exception):
    """What keeps the benchmark from going on, in a sentence."""


def end_on_signals() -> None:
    """SIGINT, SIGTERM and SIGHUP end the program through its `finally` clauses."""

    def interrupt(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def run(arguments: Sequence[str | Path], limit: float = 60, environment: dict[str, str] | None = None) -> str:
    """Runs a program to its end and gives its standard output.

    Raises BenchError if it fails or takes longer than `limit` seconds.
    """
    name = Path(arguments[0]).name
    try:
        done = subprocess.run(
            list(map(str, arguments)), capture_output=True, text=True, errors="replace", timeout=limit,
            stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{name} did not end within {limit:.0f} s") from error
    if done.returncode != 0:
        raise BenchError(f"{name} failed ({done.returncode}): {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def timed(arguments: Sequence[str | Path], limit: float = 600) -> float:
    """Seconds that a program takes from its start to its end."""
    start = time.monotonic()
    run(arguments, limit)
    return time.monotonic() - start


def end(process: subprocess.Popen, limit: float = 10) -> None:
    """Asks a child to end, and makes it after `limit` seconds."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(limit)


@contextlib.contextmanager
def started(arguments: Sequence[str | Path], log: Path) -> Iterator[subprocess.Popen]:
    """A program that runs beside this one, in a process group of its own so that Ctrl-C leaves it to be ended."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def all_of(commands: Sequence[Sequence[str | Path]], limit: float) -> float:
    """Runs programs at the same time; the seconds until the last has ended. Raises BenchError if one fails."""
    deadline = time.monotonic() + limit
    start = time.monotonic()
    children = [
        subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired as error:
                raise BenchError(f"{commands[0][0]} did not end within {limit:.0f} s") from error
        seconds = time.monotonic() - start
    finally:
        for child in children:
            end(child)
    if failed := [child.returncode for child in children if child.returncode != 0]:
        raise BenchError(f"{commands[0][0]} failed with status {failed[0]}")
    return seconds


def eventually(condition: Callable[[], bool], limit: float, what: str) -> None:
    """Waits until something is so; raises BenchError after `limit` seconds."""
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"{what}: not within {limit:.0f} s")
        time.sleep(0.01)


def has_ended(process_id: int) -> bool:
    """Whether there is no such process any more, or only what its parent has not taken note of."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state == "Z"
