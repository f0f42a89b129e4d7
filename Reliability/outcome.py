"""What the outcomes of all trials have in common."""

from typing import Protocol


class Outcome(Protocol):
    """What came of a trial; as text, without what is wrong."""

    @property
    def name(self) -> str: ...

    @property
    def wrong(self) -> str:
        """What is not as it must be; nothing if all is."""


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
