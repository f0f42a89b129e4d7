"""Many processes that read at random and compare each byte with the truth; a program of its own, as `reader` is:

    python3 -m Reliability.crowd_reader copy FOLDER RELEASE TRUTH
    python3 -m Reliability.crowd_reader read FOLDER TRUTH PROCESSES SECONDS SEED

FOLDER is a release's folder in a mount. The first copies all files of the release into the folder TRUTH, each checked
with the SHA-256 that its maker wrote down. The second prints one JSON object of what all processes found together:
`reads`, `bytes`, `listings`, `longest` (seconds of the longest call), `errors` (how many of each number), and `wrong`,
sentences about what is not as in TRUTH.
"""

import errno
import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path

from .reader import WRONG, Stopwatch, open_by_names

_LENGTHS = (1, 4096, 65_536, 262_144)
_LISTINGS = 0.05
"""The share of looks at a directory among the reads."""
_PAUSE = 0.02
"""Seconds after an error."""
_PIECE = 1 << 20


class _Reader:
    """One of the processes."""

    def __init__(self, folder: Path, truth: Path, files: list[tuple[str, int]], seed: str) -> None:
        self._folder, self._truth, self._files = folder, truth, files
        self._chance = random.Random(seed)
        self._directories = sorted({str(Path(path).parent) for path, _ in files})
        self._reads, self._bytes, self._listings = 0, 0, 0
        self._watch = Stopwatch()
        self._errors: dict[str, int] = {}
        self._wrong = ""

    def work(self, until: float) -> dict:
        while time.monotonic() < until and not self._wrong:
            try:
                if self._chance.random() < _LISTINGS:
                    self._list(self._chance.choice(self._directories))
                else:
                    self._read(*self._chance.choice(self._files))
            except OSError as error:
                name = errno.errorcode.get(error.errno or 0, str(error.errno))
                self._errors[name] = self._errors.get(name, 0) + 1
                time.sleep(_PAUSE)
        return {
            "reads": self._reads, "bytes": self._bytes, "listings": self._listings, "longest": self._watch.longest,
            "errors": self._errors, "wrong": [self._wrong] if self._wrong else [],
        }

    def _list(self, directory: str) -> None:
        names = set(self._watch.timed(os.listdir, self._folder / directory))
        self._listings += 1
        lacking = sorted(set(os.listdir(self._truth / directory)) - names)
        if lacking:
            self._wrong = f"{directory} lacks {', '.join(lacking[:3])}"

    def _read(self, path: str, size: int) -> None:
        place, length = self._chance.randrange(size), self._chance.choice(_LENGTHS)
        descriptor = os.open(self._truth / path, os.O_RDONLY)
        try:
            expected = os.pread(descriptor, length, place)
        finally:
            os.close(descriptor)
        descriptor = open_by_names(self._folder / path, self._watch)
        try:
            got = 0
            while got < len(expected):
                # An error in the middle of a read shows as fewer bytes, and then by itself.
                piece = self._watch.timed(os.pread, descriptor, len(expected) - got, place + got)
                if not piece or piece != expected[got:got + len(piece)]:
                    self._wrong = f"{path}: {WRONG}, of the {len(expected) - got} at {place + got}"
                    return
                got += len(piece)
                self._bytes += len(piece)
        finally:
            self._watch.timed(os.close, descriptor)
        self._reads += 1


def read(folder: Path, truth: Path, processes: int, seconds: float, seed: str) -> dict:
    """What so many processes find until the time is over."""
    found = (Path(at) / name for at, _, names in os.walk(truth) for name in names)
    files = sorted((str(path.relative_to(truth)), path.stat().st_size) for path in found)
    files = [(path, size) for path, size in files if size]
    until = time.monotonic() + seconds
    results, report = os.pipe()
    for number in range(processes):
        if os.fork() == 0:
            # A line is short enough to be written in one piece.
            line = json.dumps(_Reader(folder, truth, files, f"{seed} {number}").work(until)) + "\n"
            os.write(report, line.encode())
            os._exit(0)
    os.close(report)
    with os.fdopen(results) as lines:
        each = [json.loads(line) for line in lines]
    for _ in range(processes):
        os.wait()
    if len(each) != processes:
        raise OSError(f"{processes - len(each)} of {processes} readers have died")
    together: dict = {name: sum(one[name] for one in each) for name in ("reads", "bytes", "listings")}
    together["longest"] = max(one["longest"] for one in each)
    together["wrong"] = [words for one in each for words in one["wrong"]]
    together["errors"] = {}
    for one in each:
        for name, count in one["errors"].items():
            together["errors"][name] = together["errors"].get(name, 0) + count
    return together


def copy(folder: Path, release: Path, truth: Path) -> None:
    """Raises OSError where a file is not what its maker wrote down."""
    for file in json.loads((release / "truth.json").read_text())["files"]:
        copied, digest = truth / file["path"], hashlib.sha256()
        copied.parent.mkdir(parents=True, exist_ok=True)
        with (folder / file["path"]).open("rb", buffering=0) as source, copied.open("wb") as target:
            while piece := source.read(_PIECE):
                digest.update(piece)
                target.write(piece)
        if digest.hexdigest() != file["sha256"]:
            raise OSError(f"{file['path']} is not what it must be")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["copy", folder, release, truth]:
            copy(Path(folder), Path(release), Path(truth))
        case ["read", folder, truth, processes, seconds, seed]:
            print(json.dumps(read(Path(folder), Path(truth), int(processes), float(seconds), seed)))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
