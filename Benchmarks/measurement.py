"""What a run finds out, as it is kept in results.json."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .settings import Link
from .stage import Stage


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
    measure: Callable[[Stage, Case], Outcome]
    variants: tuple[str, ...] = ("",)


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


@dataclass
class Results:
    """All of a run."""

    settings: dict
    machine: dict[str, str]
    versions: dict[str, str]
    commands: dict[str, str]
    release: dict[str, int]
    """`package`, `member`, `member_deflated` and `boot_end`, in bytes."""
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
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Results":
        fields = json.loads(path.read_text())
        fields["measurements"] = [Measurement(**each) for each in fields["measurements"]]
        return cls(**fields)
