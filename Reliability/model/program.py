"""Programs, and their text, which can be read back."""

import dataclasses
from dataclasses import dataclass

from .operations import Operation


MARK = "  <- "
"""What in a report follows an operation that went wrong."""


@dataclass(frozen=True)
class Header(Operation):
    """Where a program comes from, and how its mounts are made: its first line."""

    seed: int
    timeout: int
    """Seconds, of `--read-timeout`."""
    connections: int
    cache: str
    """Of `--cache-size`."""


@dataclass(frozen=True)
class Program:
    """A header and operations; as text a line each."""

    header: Header
    operations: tuple[Operation, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, (self.header, *self.operations)))


_KINDS: dict[str, type[Operation]] = {kind.__name__: kind for kind in Operation.__subclasses__()}


def parsed(line: str) -> Operation:
    """The operation that reads so; raises ValueError for what is none."""
    name, *pairs = line.split()
    if name not in _KINDS:
        raise ValueError(f"{name} is no operation")
    given = dict(pair.partition("=")[::2] for pair in pairs)
    fields = dataclasses.fields(_KINDS[name])
    if set(given) != {field.name for field in fields}:
        raise ValueError(f"{line}: {name} has {', '.join(field.name for field in fields) or 'no fields'}")
    return _KINDS[name](**{field.name: _value(given[field.name], field.type) for field in fields})


def _value(text: str, kind: type) -> str | int | bool:
    if kind is bool:
        return {"True": True, "False": False}[text]
    return kind(text)


def parsed_program(text: str) -> Program:
    """The program that reads so: the lines from its header on, as far as they are operations, so that the whole report
    of a failure can be given."""
    lines = [line.partition(MARK)[0].strip() for line in text.splitlines()]
    start = next((index for index, line in enumerate(lines) if line.startswith(f"{Header.__name__} ")), None)
    if start is None:
        raise ValueError("there is no line that begins with Header")
    operations = []
    for line in lines[start + 1:]:
        if line.partition(" ")[0] not in _KINDS:
            break
        operations.append(parsed(line))
    return Program(parsed(lines[start]), tuple(operations))
