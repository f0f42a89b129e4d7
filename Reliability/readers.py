"""Who reads in a cell: the package, and where that is fetched again other files too, also through a second mount."""

from dataclasses import dataclass
from pathlib import Path

from .matrix import AGAIN, EXACT, IN_A_COPY, IN_READ_AHEAD, Cell
from .reader import WRONG
from .site import Reading, Site

_LIMIT = 90.0


@dataclass
class Reader:
    """Who reads a file to its end, each time in a process of its own."""

    name: str
    site: Site
    """With the mount."""
    path: Path
    sha256: str
    outcome: str = ""
    """What came with the fault in its moment: all bytes were right, or an error number."""
    was_deceived: bool = False
    """Whether damaged bytes came before that error, which only a copy of all of them could tell."""

    def note(self, said: dict, is_untold: bool) -> None:
        """Keeps what came of that reading as the outcome; where nobody could tell, the error."""
        self.outcome = self.mistake(said) or EXACT
        if self.outcome == WRONG and said["errno"] and is_untold:
            self.outcome, self.was_deceived = said["errno"], True

    def mistake(self, said: dict) -> str:
        """What is wrong with a reading; nothing if nothing is."""
        return self.site.mistake(said, self.sha256)


def first_reader(cell: Cell, site: Site) -> Reader:
    """The one in each cell, of the package. It begins with the tail, which says where the files in it are; who copies it as
    it is served comes to the tail at its end."""
    if cell.place == "tail" and cell.moment in (IN_A_COPY, IN_READ_AHEAD):
        return Reader("as served", site, site.served, site.served_sha256)
    return Reader("the package", site, site.package, site.sha256)


def company(cell: Cell, site: Site, other: Site) -> list[Reader]:
    """Who reads at the same time what is fetched again: a stored member each time, and in turn another file, or one through
    another mount on the same cache; all of these under a fault that hurts most then."""
    stored = Reader("a stored member", site, site.small, site.small_sha256)
    others = [
        Reader("as served", site, site.served, site.served_sha256),
        Reader("the package beside", other, other.package, other.sha256),
        Reader("a deflated member", site, site.member, site.member_sha256),
        Reader("a deflated member beside", other, other.member, other.member_sha256),
        Reader("as served beside", other, other.served, other.served_sha256),
        Reader("a stored member beside", other, other.small, other.small_sha256),
    ]
    if cell.fault.worst == AGAIN:
        return [stored, *others]
    return [stored, others[cell.turn % len(others)]]


def read_at_once(readers: list[Reader], fresh: bool = False) -> list[dict]:
    """What each says who begins with the others; raises BenchError where one hangs."""
    readings = [Reading(each.path, fresh=fresh) for each in readers]
    return [reading.finish(_LIMIT) for reading in readings]


def mounts(readers: list[Reader]) -> list[Site]:
    """Those through which they read, each once."""
    return list(dict.fromkeys(each.site for each in readers))
