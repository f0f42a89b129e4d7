"""What the log must say of each fault, which is what README's table of messages explains."""

import re
from collections.abc import Sequence
from typing import Protocol

from .matrix import CONTROL, EXACT, FAULTS, Cell, Fault
from .readers import Reader


class Result(Protocol):
    """What came of a cell."""

    @property
    def cell(self) -> Cell: ...

    @property
    def outcome(self) -> str: ...

    @property
    def others(self) -> dict[str, str]: ...


_PLACE = re.compile(r" \[[^\] ]+:\d+\]")
"""Behind what a program got; lines of what only fetching met have none."""
_REFUSED = ("The server refuses the request's authorisation.",)
_UNKNOWN = ("The server has no such firmware for this model and region (status 403).",)
_MALFORMED = ("The server calls the request malformed (status 405).",)
_BROKEN = ("broke off: ",)
_NO_XML = ("The server's reply is not well-formed XML",)
_NO_TEXT = ("The server's reply is not text in UTF-8",)
_OTHER_BYTES = ("sent the whole file or a page instead of the bytes that were asked for",)
_DAMAGED = (
    " is damaged: ", "It was found damaged while this file was open.", "does not end in valid padding",
    "does not end like a ZIP", "The ZIP directory is wrong about", "that was fetched again is not what it was",
)
_NAME = ("The server's reply has a name for the package that cannot be a file's.",)
_SILENT = (
    "There was no answer within 3", "The server did not send the bytes in time.", " sent next to nothing for ",
    " has not ended its reply after ",
)
_UNTRUSTED = (" is not trusted: ",)

_EVERYWHERE: dict[str, tuple[str, ...]] = {
    **{f"{number}": (f"The server has a fault of its own (status {number}).",) for number in (500, 502, 504)},
    "503": ("The server is overloaded or being maintained (status 503).",),
    "crowded": ("The server says that there are too many requests (status 429).",),
    "401": _REFUSED, "401:body": _REFUSED,
    "403": _UNKNOWN, "403:body": _UNKNOWN,
    "405": _MALFORMED, "405:body": _MALFORMED,
    "reset": _BROKEN, "reset:0": _BROKEN, "short": _BROKEN, "headers": _BROKEN,
    "redirect": ("The server sends elsewhere (status 302)",),
    "not-xml": _NO_XML, "truncated-xml": _NO_XML,
    "entities": ("The server's reply declares document types or entities",),
    "huge": (" is too long for an answer.",),
    "bad-size": ("The server's reply has a size for the package that makes no sense.",),
    "bad-name:slash": _NAME, "bad-name:dots": _NAME, "bad-name:nul": _NO_TEXT,
    "bad-name:member": ("The server's reply has a name for its part AP that cannot be a file's.",),
    "other-version": ("This is not served for this model and region.",),
    "ignore-range": _OTHER_BYTES,
    "wrong-range": ("holds other bytes than were asked for.", "does not say which bytes it holds."),
    "wrong-total": (" bytes under this name, where ",),
    "withdrawn": (*_UNKNOWN, "No firmware is known for "),
    "refused": (" cannot be reached: ",),
    "name": (" cannot be reached: Couldn't resolve host name",),
    "certificate": _UNTRUSTED, "misnamed": _UNTRUSTED,
    "outdated": ("broke off: SSL connect error",),
}
"""By the faults' names: one of these must be in the sentence."""
_OF_MESSAGES = {
    "html": ("A web page came instead of an answer",), "gzip": _NO_TEXT, "short:honest": _NO_XML,
    "flip": (*_NO_XML, *_NO_TEXT), "flip:1000": (*_NO_XML, *_NO_TEXT),
}
_OF_DOWNLOADS = {
    "html": _OTHER_BYTES, "gzip": ("is encoded, which was not asked for.",),
    "short:honest": ("has a length of its own.",), "flip": _DAMAGED, "flip:1000": _DAMAGED,
}

def needed(fault: Fault, place: str, outcome: str) -> tuple[str, ...]:
    """One of which the log must say where a reader gets that error number of the fault in that place."""
    if outcome == "ETIMEDOUT":
        return _SILENT
    of_place = _OF_MESSAGES if place in CONTROL else _OF_DOWNLOADS
    return _EVERYWHERE.get(fault.name) or of_place[fault.name]


def mistake(cell: Cell, reader: Reader) -> str:
    """What is wrong with what the log of a reader's mount says; nothing if it says why he got what he got, and nothing
    else."""
    fault, place = cell.fault, cell.place
    if reader.outcome not in (*fault.allowed(place, cell.lasts), EXACT):
        # That is worse.
        return ""
    if reader.outcome != EXACT and not said(cell, reader):
        return f"the log does not say {' or '.join(needed(fault, place, reader.outcome))}"
    fitting = [words for outcome in fault.allowed(place, True) - {EXACT} for words in needed(fault, place, outcome)]
    if fault.name in ("405", "405:body"):
        # The message itself is told, as it would be a mistake of the program.
        fitting.append("The server calls this message to ")
    strange = [line for line in reader.site.logged("error") if not any(words in line for words in fitting)]
    return f"the log says {strange[0]}" if strange else ""


def said(cell: Cell, reader: Reader) -> str:
    """The last line of the log that says why a reader got an error, and from which place in the program; nothing if none
    does. That something does not exist is no error of the mount, and has no place."""
    if reader.outcome == EXACT:
        return ""
    lines = reader.site.logged("error")
    if reader.outcome == "ENOENT":
        lines = reader.site.logged("warning") + lines
    else:
        lines = [line for line in lines if _PLACE.search(line)]
    words = needed(cell.fault, cell.place, reader.outcome)
    return next((line for line in reversed(lines) if any(each in line for each in words)), "")


def lines(results: Sequence[Result]) -> list[str]:
    """For the page: what the log must have said of each error that came."""
    table = [
        "### What is said", "",
        "The log's words that an error must come with in the cells above. A cell in which they are missing is wrong, and one "
        "whose log has an error with other words.", "",
        "| fault | where | what a program sees | the log says |", "|---|---|---|---|",
    ]
    for fault in FAULTS:
        found: dict[tuple[str, str], list[str]] = {}
        for place in fault.places:
            of_place = [each for each in results if (each.cell.fault.name, each.cell.place) == (fault.name, place)]
            outcomes = {outcome for each in of_place for outcome in (each.outcome, *each.others.values())}
            for outcome in sorted(outcomes & fault.allowed(place, lasts=True) - {EXACT}):
                words = ", or ".join(each.strip(" .:") for each in needed(fault, place, outcome))
                found.setdefault((outcome, words), []).append(place)
        table += [
            f"| {fault.words} | {', '.join(places)} | `{outcome}` | {words} |" for (outcome, words), places in found.items()]
    return table
