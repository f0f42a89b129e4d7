"""Reads 4 KiB of a file and writes them to its output: a program of its own, to be ended by signals.

    python3 glance.py PATH BLOCK [direct]
"""

import mmap
import os
import signal
import sys

SIZE = 4096


def main(path: str, block: str, *words: str) -> int:
    # A signal that a program handles ends neither it nor its wait for a page.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        descriptor = os.open(path, os.O_RDONLY | (os.O_DIRECT if words else 0))
        with mmap.mmap(-1, SIZE) as buffer:
            count = os.preadv(descriptor, [buffer], SIZE * int(block))
            os.write(sys.stdout.fileno(), buffer[:count])
    except OSError as error:
        print(error.strerror, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
