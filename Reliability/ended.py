"""What came of the endings, for the page."""

from dataclasses import dataclass

from .outcome import Blamed
from .site import READ_TIMEOUT, SLACK
from .ways import PAUSE, WAYS, Fate, Way

STATES = (IDLE, COPYING, STUCK) = ("idle", "while a copy runs", "while a read is stuck")
ENDS_WITHIN = 1.5 + SLACK
"""Seconds, whatever the server does."""


@dataclass
class Ending(Blamed):
    """What came of one."""

    way: Way
    state: str
    seconds: float = 0
    """Until the daemon had ended."""
    status: int | None = None
    """With which it ended, where that can be seen."""
    reader: str = ""
    """What the reader got: an error number, or nothing if all bytes were right."""
    kept: int = 0
    """Blocks that were committed before."""
    lost: int = 0
    """Of those, blocks that were not there afterwards."""
    late: float | None = None
    """Seconds from the deadline of the reader's longest call to its end, less than none if it ended before; nothing where
    nobody read."""
    wrong: str = ""

    @property
    def fate(self) -> Fate:
        return self.way.fates[STATES.index(self.state)]

    @property
    def name(self) -> str:
        return f"ending: {self.way.name}, {self.state}"

    @property
    def words(self) -> str:
        words = [{
            Fate.ENDS: f"ended in {self.seconds:.1f} s",
            Fate.LINGERS: f"unseen at once, ended {self.seconds:.1f} s after its reader",
            Fate.STAYS: "goes on", Fate.DIES: "dead until the next mount",
        }[self.fate]]
        if self.status is not None:
            words.append(f"status {self.status}")
        if self.state != IDLE:
            words.append(f"reader `{self.reader}`" if self.reader else "copy exact")
        return ", ".join(words)

    def __str__(self) -> str:
        return f"{self.name}: {self.words}, {self.kept} blocks kept"


def section(endings: list[Ending]) -> list[str]:
    """The page's part about them."""
    lines = [
        "## Endings", "",
        "What becomes of a mount that is ended, or asked to end: how long its daemon took and with which status it "
        "ended, and what a reader got. Afterwards no process and no mount were left, the next `fusfs` on the mount "
        "point worked at once, no committed block was gone, and every byte was right. A read may take "
        f"{READ_TIMEOUT:.0f} s, beside the {PAUSE:.1f} s for which a daemon is suspended, and an end {ENDS_WITHIN:.0f} s.",
        "",
        f"| what happens | {' | '.join(STATES)} |", f"|---|{'---|' * len(STATES)}",
    ]
    for way in WAYS:
        found = {each.state: each for each in endings if each.way is way}
        if found:
            lines.append(f"| {way.name} | {' | '.join(_cell(found[state]) for state in STATES if state in found)} |")
    absent = [way.name for way in WAYS if all(each.way is not way for each in endings)]
    return [*lines, "", f"Not run, as they take root: {', '.join(absent)}."] if absent else lines


def _cell(found: Ending) -> str:
    return found.words + (f" ✗ {found.wrong}" if found.wrong else "")
