"""Readers that a server keeps waiting, and one that times what it does meanwhile; a program of its own, as `reader` is:

    python3 -m Reliability.stuck_reader wait READS FIRST LAST SEED PATH…
    python3 -m Reliability.stuck_reader time PACKAGE LAST SMALL FOLDER SECONDS

The first has READS threads read a page each, all at different places from FIRST to LAST of the files, and says `begun`
once all are on their way; then it prints one JSON object: `errors`, how many got each number or `none`, and the
`shortest` and `longest` wait in seconds. The second prints the seconds of each call: reads of SMALL, which the kernel
keeps; reads of PACKAGE before LAST, of which the kernel keeps nothing; opening and listing FOLDER.
"""

import errno
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

_PAGE = 4096
_STEP = 64 * 1024
"""Bytes from one place that is read to the next while PACKAGE is brought into the cache."""
_STACK = 256 * 1024
_PAUSE = 0.005
"""Seconds after each round of calls: they are to be timed, not to make a load."""


def wait(reads: int, first: int, last: int, seed: str, paths: list[str]) -> dict:
    descriptors = [os.open(path, os.O_RDONLY) for path in paths]
    for descriptor in descriptors:
        # One page and no more, though it comes by way of the kernel's read-ahead.
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
    pages = [(descriptor, page * _PAGE) for descriptor in descriptors for page in range(first // _PAGE, last // _PAGE)]
    ends: list[tuple[str, float]] = []

    def read(descriptor: int, place: int) -> None:
        start = time.monotonic()
        try:
            os.pread(descriptor, _PAGE, place)
            said = "none"
        except OSError as error:
            said = errno.errorcode.get(error.errno or 0, str(error.errno))
        ends.append((said, time.monotonic() - start))

    threading.stack_size(_STACK)
    threads = [threading.Thread(target=read, args=place) for place in random.Random(seed).sample(pages, reads)]
    for thread in threads:
        thread.start()
    print("begun", flush=True)
    for thread in threads:
        thread.join()
    seconds = [took for _, took in ends]
    return {"errors": Counter(said for said, _ in ends), "shortest": min(seconds), "longest": max(seconds)}


def times(package: str, last: int, small: str, folder: str, seconds: float) -> dict[str, list[float]]:
    chance = random.Random(package)
    chosen, kept = os.open(package, os.O_RDONLY), os.open(small, os.O_RDONLY)
    os.posix_fadvise(chosen, 0, 0, os.POSIX_FADV_RANDOM)
    # Backwards, so that nothing is fetched ahead of it.
    for place in range(last - _STEP, -1, -_STEP):
        os.pread(chosen, _PAGE, place)
    size = os.fstat(kept).st_size
    os.pread(kept, size, 0)
    found: dict[str, list[float]] = {"kernel": [], "cache": [], "listing": []}

    def timed(what: str, work: Callable[[], object]) -> None:
        start = time.monotonic()
        work()
        found[what].append(time.monotonic() - start)

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        place = chance.randrange(last // _PAGE) * _PAGE
        os.posix_fadvise(chosen, place, _PAGE, os.POSIX_FADV_DONTNEED)
        timed("kernel", lambda: os.pread(kept, _PAGE, chance.randrange(size)))
        timed("cache", lambda: os.pread(chosen, _PAGE, place))
        timed("listing", lambda: [os.lstat(os.path.join(folder, name)) for name in os.listdir(folder)])
        time.sleep(_PAUSE)
    return found


def main(arguments: list[str]) -> int:
    match arguments:
        case ["wait", reads, first, last, seed, *paths] if paths:
            result: dict = wait(int(reads), int(first), int(last), seed, paths)
        case ["time", package, last, small, folder, seconds]:
            result = times(package, int(last), small, folder, float(seconds))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print(json.dumps(result), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
