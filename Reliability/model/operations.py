"""What a program is made of: operations, each of which is a line of text."""

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """Something that is done to a mount, or around it. As text: its name, and `field=value` for each of its fields.

    Paths begin in the region's directory, which is `.` itself: `latest/AP/boot.img`. Offsets and counts are bytes.
    """

    def __str__(self) -> str:
        values = (f"{field.name}={getattr(self, field.name)}" for field in dataclasses.fields(self))
        return " ".join((type(self).__name__, *values))


@dataclass(frozen=True)
class Stat(Operation):
    """Looks a name up, which may not be there, and asks for its attributes."""

    path: str


@dataclass(frozen=True)
class List(Operation):
    """Lists a directory."""

    path: str


@dataclass(frozen=True)
class Open(Operation):
    """Opens a file under a number; what was open under it is closed."""

    slot: int
    path: str
    direct: bool
    """Past the kernel's cache."""


@dataclass(frozen=True)
class Read(Operation):
    """Reads from an open file."""

    slot: int
    offset: int
    count: int


@dataclass(frozen=True)
class Close(Operation):
    slot: int


@dataclass(frozen=True)
class Copy(Operation):
    """Reads a file from its beginning to its end."""

    path: str


@dataclass(frozen=True)
class Interrupt(Operation):
    """Ends a program by a signal while it reads 4 KiB, which the server withholds."""

    path: str
    block: int
    """Of 4 KiB."""
    direct: bool
    signal: str
    """INT or KILL."""


@dataclass(frozen=True)
class DropPages(Operation):
    """Lets the kernel forget what it has of an open file."""

    slot: int


@dataclass(frozen=True)
class DropNames(Operation):
    """Lets the kernel forget names and inodes, of all file systems; takes root."""


@dataclass(frozen=True)
class Remount(Operation):
    """Unmounts and mounts again. With `lazy` what is open stays open and belongs to the old mount."""

    offline: bool
    lazy: bool


@dataclass(frozen=True)
class Fresh(Operation):
    """Unmounts, and mounts again with an empty cache."""


@dataclass(frozen=True)
class Kill(Operation):
    """Ends the daemon without a warning, and mounts over what it leaves."""


@dataclass(frozen=True)
class Evict(Operation):
    """`fusfs cache trim`; to nothing, `fusfs cache clear`."""

    mebibytes: int


@dataclass(frozen=True)
class Corrupt(Operation):
    """Inverts a bit in some rows of the cache's database, or in the file of blocks."""

    table: str
    """A name of `corruption.TABLES`."""
    rows: int
    seed: int


@dataclass(frozen=True)
class FaultOn(Operation):
    """Lets the server fail from now on, instead of as it did before."""

    name: str
    """Of `faults.FAULTS`."""
    place: str
    times: int
    """How often; 0 until it ends."""


@dataclass(frozen=True)
class FaultOff(Operation):
    """Ends a fault. With `settled` nothing is done until what it has begun is over."""

    settled: bool


@dataclass(frozen=True)
class Latest(Operation):
    """Makes a release the latest."""

    version: str


@dataclass(frozen=True)
class Wait(Operation):
    milliseconds: int
