"""What was published: the names, sizes and bytes that a mount must show."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

TOLD = ("release.json", "inform.xml")
"""Files of each release that say what the server said; their bytes are not compared."""
_PIECE = 1 << 20


class Place(Enum):
    """What a path leads to."""

    FILE = "a file"
    DIRECTORY = "a directory"
    BELOW_FILE = "something below a file"
    NOTHING = "nothing"


@dataclass(frozen=True)
class TrueFile:
    size: int
    sha256: str


@dataclass
class Release:
    """A release, with a folder in which its files lie as a reader must find them."""

    version: str
    """The name of its directory."""
    files: dict[str, TrueFile]
    """By their paths."""
    folder: Path
    served: Path
    """The folder from which an emulator serves it."""
    directories: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.directories = {""} | {
            path[:index] for path in self.files for index, letter in enumerate(path) if letter == "/"}

    def place(self, path: str) -> Place:
        if path in self.directories:
            return Place.DIRECTORY
        if path in self.files or path in TOLD:
            return Place.FILE
        above = (path[:index] for index, letter in enumerate(path) if letter == "/")
        return Place.BELOW_FILE if any(each in self.files or each in TOLD for each in above) else Place.NOTHING

    def names(self, path: str) -> set[str]:
        """What a directory lists."""
        start = f"{path}/" if path else ""
        names = {each[len(start):].partition("/")[0] for each in self.files if each.startswith(start)}
        return names if path else names | set(TOLD)

    def size(self, path: str) -> int | None:
        """None for what is told."""
        return self.files[path].size if path in self.files else None

    def bytes(self, path: str, offset: int, count: int) -> bytes:
        """What a read must give."""
        with (self.folder / path).open("rb") as file:
            return os.pread(file.fileno(), count, offset)

    def beginning_sha256(self, path: str, count: int) -> str:
        """Of the first bytes of a file."""
        if count == self.files[path].size:
            return self.files[path].sha256
        return sha256_of_file(self.folder / path, count)

    @property
    def blocks(self) -> int:
        """Of 256 KiB, in the package."""
        return (max(each.size for each in self.files.values()) >> 18) + 1


def sha256_of_file(path: Path, count: int | None = None) -> str:
    """Of a file, or of its first bytes."""
    digest = hashlib.sha256()
    left = path.stat().st_size if count is None else count
    with path.open("rb") as file:
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()


def true_files(release: Path) -> dict[str, TrueFile]:
    """What is true of each file of a release that was made."""
    found: Iterable[dict] = json.loads((release / "truth.json").read_text())["files"]
    return {each["path"]: TrueFile(each["size"], each["sha256"]) for each in found}
