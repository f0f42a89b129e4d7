"""What the outcomes of all trials have in common."""

from typing import Protocol

from .reader import WRONG


class Outcome(Protocol):
    """What came of a trial; as text, without what is wrong."""

    @property
    def name(self) -> str: ...

    @property
    def wrong(self) -> str:
        """What is not as it must be; nothing if all is."""


class Blamed:
    """An outcome of which one thing that is wrong is told."""

    wrong: str

    def blame(self, wrong: str) -> None:
        """Keeps the first, but wrong bytes rather than anything else."""
        if not self.wrong or (WRONG in wrong and WRONG not in self.wrong):
            self.wrong = wrong


class Faulted:
    """An outcome that may be wrong in several ways."""

    faults: list[str]

    @property
    def wrong(self) -> str:
        return "; ".join(self.faults)


def latest(*seconds: float | None) -> float | None:
    """The most of how late calls were; nothing where there was none."""
    return max((each for each in seconds if each is not None), default=None)


def told(outcome: Outcome) -> str:
    """For a line of the run."""
    return f"{outcome}" + (f", WRONG: {outcome.wrong}" if outcome.wrong else "")
