"""Makes a program that fails smaller, for as long as it still fails."""

import dataclasses
import time
from collections.abc import Callable, Iterator

from .operations import Operation
from .program import Program


class Shrinking:
    """Tries smaller programs, a limited number of them and for a limited time."""

    def __init__(self, fails: Callable[[Program], bool], tries: int, seconds: float) -> None:
        self._fails, self._tries = fails, tries
        self._by = time.monotonic() + seconds

    def smallest(self, program: Program) -> Program:
        """The smallest that was found; at worst the program itself."""
        return self._simpler(self._shorter(program))

    def _still(self, program: Program) -> bool:
        if self._tries == 0 or time.monotonic() > self._by:
            return False
        self._tries -= 1
        return self._fails(program)

    def _shorter(self, program: Program) -> Program:
        """Without runs of operations: halves, quarters, and so on to single ones, until none can go."""
        size = len(program.operations) // 2
        while size > 0:
            start, before = 0, program
            while start < len(program.operations):
                rest = program.operations[:start] + program.operations[start + size:]
                candidate = dataclasses.replace(program, operations=rest)
                if self._still(candidate):
                    program = candidate
                else:
                    start += size
            # What could not go alone may go now that others have.
            size = size // 2 if size > 1 or program == before else 1
        return program

    def _simpler(self, program: Program) -> Program:
        """With simpler values, each as simple as can be."""
        for place in range(len(program.operations)):
            while (candidate := self._with_one_simpler(program, place)) is not None:
                program = candidate
        return program

    def _with_one_simpler(self, program: Program, place: int) -> Program | None:
        for simpler in simplified(program.operations[place]):
            operations = program.operations[:place] + (simpler,) + program.operations[place + 1:]
            candidate = dataclasses.replace(program, operations=operations)
            if self._still(candidate):
                return candidate
        return None


_NAMES = ("slot", "seed")
"""Fields whose numbers are not more or less of something."""


def simplified(operation: Operation) -> Iterator[Operation]:
    """The operation with one value simpler, the simplest first."""
    for field in dataclasses.fields(operation):
        value = getattr(operation, field.name)
        if field.name in _NAMES:
            continue
        if value is True:
            yield dataclasses.replace(operation, **{field.name: False})
        elif isinstance(value, int) and not isinstance(value, bool):
            for smaller in sorted({0, 1, value // 2, value - value % 4096} - {value}):
                if smaller < value:
                    yield dataclasses.replace(operation, **{field.name: smaller})
