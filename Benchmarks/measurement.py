"""What a run finds out, as it is kept in results.json."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from .settings import Link


@dataclass(frozen=True)
class Case:
    """What is measured: a contender on a link, in a variant of the row."""

    link: Link
    contender: str
    variant: str = ""


@dataclass
class Outcome:
    """What one measurement found."""

    values: dict[str, float] = field(default_factory=dict)
    """By quantity; `peak_mib` is the most memory that fusfs has had."""
    series: dict[str, list] = field(default_factory=dict)
    """For plots: `each_ms`, `memory`."""


@dataclass(frozen=True)
class Row:
    """A row of the table: one piece of work, and who does it."""

    name: str
    links: tuple[Link, ...]
    contenders: tuple[str, ...]
    measure: Callable[[Any, Case], Outcome]
    """Given what the run stands on: a `Stage`, or a `ScaleStage`."""
    variants: tuple[str, ...] = ("",)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By variant, the contenders of one in which not all take part."""

    def contenders_in(self, variant: str) -> tuple[str, ...]:
        return self.only.get(variant, self.contenders)


@dataclass
class Measurement:
    """One line of the results."""

    row: str
    link: str
    variant: str
    contender: str
    round: int
    values: dict[str, float]
    series: dict[str, list]
    failure: str = ""
    """Why there are no values, in a sentence."""
    took: float = 0.0
    """Seconds of the whole measurement, with what prepares it."""

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What tells it from all others of a run."""
        return (self.row, self.link, self.variant, self.contender, self.round)


@dataclass
class Results:
    """All of a run."""

    settings: dict
    machine: dict[str, str]
    versions: dict[str, str]
    commands: dict[str, str]
    release: dict[str, int]
    """`package`, `member`, `member_deflated`, `boot_end` and `far_package`, in bytes; empty for a run of several
    sizes."""
    measurements: list[Measurement] = field(default_factory=list)

    def of(self, row: str, link: str | None = None, variant: str | None = None) -> list[Measurement]:
        """The measurements of a row that succeeded."""
        return [
            each for each in self.measurements
            if each.row == row and not each.failure
            and (link is None or each.link == link) and (variant is None or each.variant == variant)
        ]

    def by_round(
        self, row: str, link: str, variant: str, contender: str, quantity: str
    ) -> dict[int, float]:
        """A quantity of a contender, by round."""
        return {
            each.round: each.values[quantity] for each in self.of(row, link, variant)
            if each.contender == contender and quantity in each.values
        }

    def of_any(self) -> Iterable[Measurement]:
        """All that succeeded."""
        return (each for each in self.measurements if not each.failure)

    def failures(self) -> Iterable[Measurement]:
        return (each for each in self.measurements if each.failure)

    def write(self, path: Path) -> None:
        """Writes all at once, so that an end in between leaves the file as it was."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(self), indent=1) + "\n")
        os.replace(unfinished, path)

    def resumed(self, earlier: "Results") -> "Results":
        """This run with what an earlier one has measured of it; what failed there is measured again.

        Raises ValueError where that was of something else: other settings, but for the rounds, or another program.
        """
        for name, value in self.settings.items():
            if name != "rounds" and earlier.settings.get(name) != value:
                raise ValueError(f"{name} was {earlier.settings.get(name)} and is {value}")
        return replace(self, measurements=list(earlier.of_any()))

    @classmethod
    def read(cls, path: Path) -> "Results":
        fields = json.loads(path.read_text())
        fields["measurements"] = [Measurement(**each) for each in fields["measurements"]]
        return cls(**fields)
