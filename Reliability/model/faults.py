"""The faults that programs meet: some of the matrix, and two that are no answers but limits."""

from ..matrix import CONTROL, DOWNLOADS, FAULTS as _MATRIX, Fault
from .operations import FaultOn

_NAMES = (
    "500", "503", "reset", "reset:0", "stall", "stall:0", "short", "short:honest", "wrong-range", "html", "not-xml",
    "flip",
)
_LIMITS = (
    Fault("parallel", "status 429 to more than one download at once", ("data",), frozenset({"EIO"})),
    Fault("lapse", "authorisation lapses after four mebibytes", ("data",), frozenset()),
)
_LIMIT_LINES = {"parallel": "parallel=1", "lapse": "lapse-bytes=4M"}

FAULTS: dict[str, Fault] = {each.name: each for each in (*_MATRIX, *_LIMITS) if each.name in _NAMES or each in _LIMITS}
"""By their names. Places are those of `matrix`."""

BRINGING = frozenset({"reset", "stall", "short", "parallel"})
"""Those under which some bytes come: a wait begins anew with each."""

OFF = "fault=\nparallel=off\nlapse-bytes=off\n"
"""What ends all of them, for the emulator."""


def lines(operation: FaultOn | None) -> str:
    """What the emulator is told so that this fault is on and no other."""
    if operation is None:
        return OFF
    if operation.name in _LIMIT_LINES:
        return f"{OFF}{_LIMIT_LINES[operation.name]}\n"
    times = f"x{operation.times}" if operation.times else ""
    return f"{OFF}fault={operation.name}@{operation.place}{times}\n"


def outcomes(operation: FaultOn) -> frozenset[str]:
    """The error numbers that a program may get while it is on. None where authorisation lapses: that is renewed."""
    known = FAULTS[operation.name].outcomes
    return known | {"ETIMEDOUT"} if known else known


def damages(operation: FaultOn | None) -> bool:
    """Whether bytes of a package come wrong, which only the checksum of a whole file can tell."""
    return operation is not None and operation.name.startswith("flip") and operation.place in DOWNLOADS


assert set(FAULTS) == {*_NAMES, *_LIMIT_LINES}, "a fault has another name in the matrix"
assert all(set(each.places) <= {*CONTROL, *DOWNLOADS} for each in FAULTS.values())
