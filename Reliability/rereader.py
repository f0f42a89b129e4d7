"""Reads a file again and again, each time from the file system itself, and says how that went, as JSON.

    python3 -m Reliability.rereader PATH SHA256 SECONDS
"""

import collections
import json
import sys
import time

from .reader import read

_PAUSE = 0.05
"""Seconds after an error, so that a dead mount is not asked all the time."""


def reread(path: str, sha256: str, seconds: float) -> dict:
    """How many copies were right and wrong, which errors came, and the longest single read."""
    end = time.monotonic() + seconds
    right, wrong, longest = 0, 0, 0.0
    errors: collections.Counter[str] = collections.Counter()
    while time.monotonic() < end:
        found = read(path, fresh=True)
        longest = max(longest, found["longest"])
        if found["errno"]:
            errors[found["errno"]] += 1
            time.sleep(_PAUSE)
        elif found["sha256"] == sha256:
            right += 1
        else:
            wrong += 1
    return {"right": right, "wrong": wrong, "errors": errors, "longest": longest}


if __name__ == "__main__":
    print(json.dumps(reread(sys.argv[1], sys.argv[2], float(sys.argv[3]))), flush=True)
