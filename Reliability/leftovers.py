"""What a trial may leave behind, found by the folder that it had to itself."""

import contextlib
import os
import signal
from pathlib import Path

from Benchmarks.processes import BenchError, eventually, has_ended, run


def processes(folder: Path) -> dict[int, str]:
    """The names of those that speak of something in the folder and have not ended, by their ids."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                speaks = any(word.startswith(f"{folder}/") for word in words)
                if speaks and not has_ended(int(entry.name)):
                    found[int(entry.name)] = Path(words[0]).name
    return found


def mounts(folder: Path) -> list[str]:
    """Where something is mounted in the folder."""
    paths = (line.split(" ")[1] for line in Path("/proc/self/mounts").read_text().splitlines())
    return [path for path in paths if path.startswith(f"{folder}/")]


def clear(folder: Path) -> None:
    """Ends by force whatever of both there is."""
    for process_id in processes(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)
    for mount in mounts(folder):
        with contextlib.suppress(BenchError):
            run(["fusermount3", "-uz", mount])
    eventually(lambda: not mounts(folder) and not processes(folder), 10, "the end of what was left")
