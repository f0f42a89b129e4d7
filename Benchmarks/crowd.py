"""Many who read, or who ask for attributes, at once; a program of its own, as the reader is:

    python3 -m Benchmarks.crowd reads FOLDER READERS BYTES SECONDS   threads that read at random in all files below
    python3 -m Benchmarks.crowd stats LIST PROCESSES SECONDS         processes that ask for attributes, over and over
    python3 -m Benchmarks.crowd once LIST PROCESSES                  the same, each path by one process and once
    python3 -m Benchmarks.crowd lookup PATH                          one path, once

LIST is a file of paths, one a line. Each prints one JSON object: `seconds`, and `count` of what was asked or read; for
reads also `bytes`, `files`, and `each`, the seconds of each.
"""

import json
import multiprocessing
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

_BATCH = 256


def files_below(folder: str) -> list[tuple[str, int]]:
    """Every file that is not empty, with its size."""
    found = []
    for path, _, names in os.walk(folder, onerror=_raise):
        for name in names:
            size = os.lstat(os.path.join(path, name)).st_size
            if size > 0:
                found.append((os.path.join(path, name), size))
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def reads(folder: str, readers: int, length: int, seconds: float) -> dict:
    """Every reader opens a file of its own choice for each read, as programs do that look here and there."""
    files = files_below(folder)
    each: list[list[float]] = [[] for _ in range(readers)]
    faults: list[OSError] = []
    counts = [0] * readers
    start = time.monotonic()

    def reader(number: int) -> None:
        generator = random.Random(number)
        try:
            while time.monotonic() - start < seconds and not faults:
                path, size = generator.choice(files)
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    before = time.monotonic()
                    got = len(os.pread(descriptor, length, generator.randrange(max(1, size - length))))
                    each[number].append(time.monotonic() - before)
                    counts[number] += got
                    if got != min(length, size):
                        raise OSError(f"{got} bytes came from {path}")
                finally:
                    os.close(descriptor)
        except OSError as error:
            faults.append(error)

    threads = [threading.Thread(target=reader, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    all_of = [value for found in each for value in found]
    return {"seconds": time.monotonic() - start, "count": len(all_of), "bytes": sum(counts), "files": len(files),
            "each": all_of}


def _ask(paths: list[str], seconds: float, results: "multiprocessing.Queue[int]") -> None:
    """Asks for attributes until the time is over; what was counted goes into the queue."""
    count = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for place in range(0, _BATCH):
            os.stat(paths[(count + place) % len(paths)])
        count += _BATCH
    results.put(count)


def _ask_once(paths: list[str], _: float, results: "multiprocessing.Queue[int]") -> None:
    for path in paths:
        os.stat(path)
    results.put(len(paths))


def _by_processes(work: Callable, shares: list[list[str]], seconds: float) -> dict:
    results: multiprocessing.Queue[int] = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(share, seconds, results)) for share in shares]
    start = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(seconds + 300)
    took = time.monotonic() - start
    if failed := [worker for worker in workers if worker.exitcode != 0]:
        for worker in failed:
            worker.kill()
        raise OSError("a process that asks for attributes has failed")
    counts = [results.get(timeout=10) for _ in workers]
    return {"seconds": took, "count": sum(counts)}


def _shares(paths: list[str], processes: int) -> list[list[str]]:
    """Each process begins elsewhere, in an order of no pattern."""
    mixed = random.Random(7).sample(paths, len(paths))
    return [mixed[number * len(mixed) // processes:] + mixed[: number * len(mixed) // processes]
            for number in range(processes)]


def lookup(path: str) -> dict:
    start = time.monotonic()
    os.stat(path)
    return {"seconds": time.monotonic() - start, "count": 1}


def main(arguments: list[str]) -> int:
    match arguments:
        case ["reads", folder, readers, length, seconds]:
            result = reads(folder, int(readers), int(length), float(seconds))
        case ["stats", names, processes, seconds]:
            paths = Path(names).read_text().splitlines()
            result = _by_processes(_ask, _shares(paths, int(processes)), float(seconds))
        case ["once", names, processes]:
            paths = Path(names).read_text().splitlines()
            mixed = random.Random(7).sample(paths, len(paths))
            number = int(processes)
            result = _by_processes(_ask_once, [mixed[each::number] for each in range(number)], 0)
        case ["lookup", path]:
            result = lookup(path)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
