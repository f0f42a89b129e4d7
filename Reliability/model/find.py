"""What was found wrong, for whoever looks into it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .author import program as authored
from .ground import Ground
from .program import MARK, Program
from .published import Release
from .runner import Outcome, Runner
from .shrinking import Shrinking

_TRIES = 150
_SECONDS = 180.0


@dataclass
class Find:
    """A program that goes wrong, made as small as was possible."""

    program: Program
    outcome: Outcome
    log: str
    """The last errors that the daemon has told."""

    def __str__(self) -> str:
        place = self.outcome.at
        lines = str(self.program).splitlines()
        if place is not None and place < len(self.program.operations):
            lines[place + 1] += f"{MARK}{self.outcome.wrong}"
        else:
            lines.append(f"{MARK}at the end: {self.outcome.wrong}")
        return "\n".join(lines) + (f"\nThe log: {self.log}" if self.log else "")


class Searcher:
    """Runs programs on one ground. Nothing is made smaller any more once it is all `ended`."""

    def __init__(self, binaries: Path, releases: Sequence[Release], folder: Path, ended: threading.Event) -> None:
        self._releases, self._ended = releases, ended
        self._ground = Ground(binaries, [release.served for release in releases], folder)
        self._runner = Runner(self._ground, releases)

    def look(self, seed: int) -> tuple[Outcome, Find | None]:
        """Runs the program of a seed."""
        return self.try_out(authored(seed, self._releases), shrinks=True)

    def try_out(self, program: Program, shrinks: bool) -> tuple[Outcome, Find | None]:
        first = self._runner.run(program)
        if not first.wrong:
            return first, None
        find = Find(program, first, self._ground.last_error())

        def fails(candidate: Program) -> bool:
            if self._ended.is_set():
                return False
            outcome = self._runner.run(candidate)
            if outcome.wrong:
                find.program, find.outcome, find.log = candidate, outcome, self._ground.last_error()
            return bool(outcome.wrong)

        if shrinks:
            Shrinking(fails, _TRIES, _SECONDS).smallest(program)
        return first, find

    def close(self) -> None:
        self._ground.close()
