"""The reader that every file system has to serve. It is a program of its own, so that a read that never comes back can
be ended:

    python3 -m Benchmarks.reader sequential PATH [BYTES [SECONDS]]   reads the last so many bytes, or so many seconds
    python3 -m Benchmarks.reader parts PATH BYTES [TARGET]           reads all; times and drops each so many bytes
    python3 -m Benchmarks.reader output COMMAND…                     the same of what a command writes
    python3 -m Benchmarks.reader first PATH BYTES                    opens, reads the first bytes, closes
    python3 -m Benchmarks.reader random PATH NUMBER BYTES [SECONDS]  reads at distinct places, past the kernel's cache

Each prints one JSON object: bytes, seconds, and for `random` and `parts` the seconds of each read or part.
"""

import json
import mmap
import os
import random
import subprocess
import sys
import time

_PIECE = 1 << 20


def places(size: int, number: int, length: int) -> list[int]:
    """Distinct places for reads of a length, one in each of as many equal parts of a file, in an order of no pattern
    that is always the same; each is a multiple of 4 KiB."""
    generator = random.Random(42)
    part = size // number
    if part < length + 4096:
        raise ValueError(f"{size} bytes are too few for {number} reads of {length}")
    found = [index * part + generator.randrange(part - length - 4095) for index in range(number)]
    generator.shuffle(found)
    return [(place + 4095) // 4096 * 4096 for place in found]


def _drain(descriptor: int, limit: float, patience: float) -> dict:
    """Reads pieces of 1 MiB until the end, so many bytes, or so many seconds."""
    buffer = bytearray(_PIECE)
    view = memoryview(buffer)
    count = 0
    start = time.monotonic()
    while count < limit and time.monotonic() - start < patience:
        got = os.readv(descriptor, [view[: int(min(_PIECE, limit - count))]])
        if got == 0:
            break
        count += got
    return {"bytes": count, "seconds": time.monotonic() - start}


def sequential(path: str, limit: float = float("inf"), patience: float = float("inf")) -> dict:
    start = time.monotonic()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # To the end, so that nothing is fetched ahead in vain: whoever copies a file reads it to its end.
        os.lseek(descriptor, max(0, os.fstat(descriptor).st_size - int(min(limit, 1 << 62))), os.SEEK_SET)
        result = _drain(descriptor, limit, patience)
    finally:
        os.close(descriptor)
    return {**result, "seconds": time.monotonic() - start}


def parts(path: str, part: int, target: str | None = None) -> dict:
    """Reads a file to its end, into another file where one is named, and times each part: its bytes, its seconds. The
    last may be shorter. What has been read the kernel need not keep."""
    each: list[tuple[int, float]] = []
    count = 0
    buffer = bytearray(_PIECE)
    view = memoryview(buffer)
    start = before = time.monotonic()
    source = os.open(path, os.O_RDONLY)
    sink = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600) if target else None
    while True:
        got = os.readv(source, [view[: min(_PIECE, part - count % part)]])
        if got and sink is not None and os.write(sink, view[:got]) != got:
            raise OSError(f"{target} took less than was written")
        count += got
        if (count % part == 0 if got else count % part > 0):
            # Pages that are used again: new ones may cost the host of a virtual machine more than a copy.
            os.posix_fadvise(source, 0, count, os.POSIX_FADV_DONTNEED)
            now = time.monotonic()
            each.append(((count - 1) % part + 1, now - before))
            before = now
        if not got:
            break
    for descriptor in filter(None, (source, sink)):
        os.close(descriptor)
    return {"bytes": count, "seconds": time.monotonic() - start, "each": each}


def output(command: list[str]) -> dict:
    start = time.monotonic()
    # As wide as the reader's pieces: with the usual 64 KiB the pipe, not the command, is what is measured.
    with subprocess.Popen(command, stdout=subprocess.PIPE, pipesize=_PIECE) as process:
        result = _drain(process.stdout.fileno(), float("inf"), float("inf"))
    if process.returncode != 0:
        raise OSError(f"{command[0]} ended with status {process.returncode}")
    return {**result, "seconds": time.monotonic() - start}


def first(path: str, count: int) -> dict:
    start = time.monotonic()
    descriptor = os.open(path, os.O_RDONLY)
    got = len(os.read(descriptor, count))
    os.close(descriptor)
    return {"bytes": got, "seconds": time.monotonic() - start}


def random_reads(path: str, number: int, length: int, patience: float = float("inf")) -> dict:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECT)
    # Aligned to pages, as O_DIRECT wants.
    with mmap.mmap(-1, length) as buffer:
        each = []
        for place in places(os.fstat(descriptor).st_size, number, length):
            if sum(each) > patience:
                break
            start = time.monotonic()
            got = os.preadv(descriptor, [buffer], place)
            each.append(time.monotonic() - start)
            if got != length:
                raise OSError(f"{got} bytes of {length} came from {place}")
    os.close(descriptor)
    return {"bytes": len(each) * length, "seconds": sum(each), "each": each}


def main(arguments: list[str]) -> int:
    match arguments:
        case ["sequential", path, *limits] if len(limits) <= 2:
            result = sequential(path, *map(float, limits))
        case ["parts", path, part, *target] if len(target) <= 1:
            result = parts(path, int(part), *target)
        case ["output", *command] if command:
            result = output(command)
        case ["first", path, count]:
            result = first(path, int(count))
        case ["random", path, number, length, *limit] if len(limit) <= 1:
            result = random_reads(path, int(number), int(length), *map(float, limit))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
