"""Reads a file again and again, each time from the file system itself, and says how that went, as JSON.

    python3 -m Reliability.rereader PATH TRUTH SECONDS

TRUTH is the file as it must be.
"""

import collections
import json
import sys
import time
from pathlib import Path

from .reader import WRONG, digest_of_first, mistake, read

_PAUSE = 0.05
"""Seconds after an error, so that a dead mount is not asked all the time."""


def reread(path: str, truth: Path, seconds: float) -> dict:
    """How many copies were right and wrong, which errors came, and the longest single call. What came before an error must
    be right, too."""
    end = time.monotonic() + seconds
    sha256 = digest_of_first(truth, truth.stat().st_size)
    right, wrong, longest = 0, 0, 0.0
    errors: collections.Counter[str] = collections.Counter()
    while time.monotonic() < end:
        found = read(path, fresh=True)
        longest = max(longest, found["longest"])
        what = mistake(found, sha256, truth)
        right += not what
        wrong += what == WRONG
        if what and what != WRONG:
            errors[what] += 1
            time.sleep(_PAUSE)
    return {"right": right, "wrong": wrong, "errors": errors, "longest": longest}


if __name__ == "__main__":
    print(json.dumps(reread(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))), flush=True)
