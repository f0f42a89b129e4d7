"""Which faults there are, where and when they strike, and what may come of them."""

from collections.abc import Iterator
from dataclasses import dataclass

CONTROL = ("history", "nonce", "inform", "init")
DOWNLOADS = ("tail", "data")
ASKED_ONCE = ("history", "inform")
FIRST_USE, IN_A_COPY, IN_READ_AHEAD, AGAIN = MOMENTS = ("first use", "in a copy", "in read-ahead", "fetched again")
"""When a fault begins: before anything was asked; when a third of a copy has come; while what was fetched ahead of a reader
who has stopped is on its way; when all was read, found right and evicted."""

EXACT = "exact"


@dataclass(frozen=True)
class Fault:
    """Something that the server, or the way to it, does."""

    name: str
    """As `fus-emulator --fault` names it, or what is done to the emulator itself."""
    words: str
    places: tuple[str, ...]
    outcomes: frozenset[str]
    """What a reader may get while it lasts, beside all bytes: error numbers."""
    passing: bool = True
    """Whether it can strike a number of times and end by itself."""
    definite: bool = False
    """Whether it is taken for an answer, and not tried again for the same reader."""
    deadlines: int = 1
    """How many a call may take: a deadline begins anew with what comes."""
    moments: tuple[str, ...] = MOMENTS
    lasting: bool = True
    """Whether it can last until it is taken away."""
    total: bool = False
    """Whether nothing at all may come through."""
    worst: str = IN_A_COPY
    """The moment at which it hurts most."""
    believed: bool = False
    """Whether what it makes the server say is believed for a minute; too slow for the short form."""

    def allowed(self, place: str, lasts: bool) -> frozenset[str]:
        """What a reader may get. Where it strikes three times, each of which takes as long as a reader waits, he may get
        its error; a reply that makes no sense is not asked for again."""
        if self.total:
            return self.outcomes
        failures = self.outcomes | {"ETIMEDOUT"} if self.outcomes else self.outcomes
        is_answer = self.definite or place in CONTROL
        return frozenset({EXACT}) | (failures if lasts or is_answer or "ETIMEDOUT" in self.outcomes else frozenset())


def _fault(
    name: str, words: str, places: tuple[str, ...], *outcomes: str, passing: bool = True, definite: bool = False,
    deadlines: int = 1, moments: tuple[str, ...] = MOMENTS, lasting: bool = True, total: bool = False,
    worst: str = IN_A_COPY, believed: bool = False,
) -> Fault:
    return Fault(
        name, words, places, frozenset(outcomes), passing, definite, deadlines, moments, lasting, total, worst, believed)


_ANYWHERE = CONTROL + DOWNLOADS
_BEFORE_ALL_CAME = (FIRST_USE, IN_A_COPY, IN_READ_AHEAD)

FAULTS = (
    _fault("500", "status 500", _ANYWHERE, "EIO"),
    _fault("502", "status 502", _ANYWHERE, "EIO"),
    _fault("503", "status 503, Retry-After: 1", _ANYWHERE, "EIO", definite=True),
    _fault("504", "status 504", _ANYWHERE, "EIO"),
    _fault("401", "status 401", _ANYWHERE, "EACCES", definite=True),
    _fault("403", "status 403", _ANYWHERE, "ENOENT", definite=True),
    _fault("405", "status 405", _ANYWHERE, "EPROTO", definite=True),
    _fault("401:body", "401 inside a message", CONTROL, "EACCES"),
    _fault("403:body", "403 inside a message", CONTROL, "ENOENT"),
    _fault("405:body", "405 inside a message", CONTROL, "EPROTO"),
    _fault("reset", "reset at half of the body", _ANYWHERE, "EIO"),
    _fault("reset:0", "reset before the body", _ANYWHERE, "EIO"),
    _fault("short", "the body ends at its half", _ANYWHERE, "EIO"),
    _fault("short:honest", "half a body, with its true length", _ANYWHERE, "EIO"),
    _fault("stall", "nothing more after half of the body", _ANYWHERE, "ETIMEDOUT", deadlines=2),
    _fault("stall:0", "nothing after the head", _ANYWHERE, "ETIMEDOUT"),
    _fault("drip", "one byte a second", _ANYWHERE, "ETIMEDOUT"),
    _fault("flip", "a byte is inverted", _ANYWHERE, "EIO", definite=True, worst=AGAIN),
    _fault("flip:1000", "a thousand bytes are inverted", _ANYWHERE, "EIO", definite=True, worst=AGAIN),
    _fault("html", "a page for people, status 200", _ANYWHERE, "EIO"),
    _fault("redirect", "302 to another host", _ANYWHERE, "EIO", definite=True),
    _fault("gzip", "Content-Encoding: gzip, unasked", _ANYWHERE, "EIO"),
    _fault("headers", "a megabyte of headers", _ANYWHERE, "EIO"),
    _fault("ignore-range", "200 with the whole file", DOWNLOADS, "EIO"),
    _fault("wrong-range", "Content-Range one byte off", DOWNLOADS, "EIO"),
    _fault("wrong-total", "Content-Range of another size", DOWNLOADS, "EIO"),
    _fault("not-xml", "no XML", CONTROL, "EIO"),
    _fault("truncated-xml", "half of the XML", CONTROL, "EIO"),
    _fault("entities", "a DTD with entities", CONTROL, "EIO"),
    _fault("huge", "100 MB in a message", CONTROL, "EIO", deadlines=2),
    _fault("bad-size", "a size of -1", ("inform",), "EIO"),
    _fault("bad-name:slash", "a name with a slash", ("inform",), "EIO"),
    _fault("bad-name:dots", "a name of dots", ("inform",), "EIO"),
    _fault("bad-name:nul", "a name with a NUL", ("inform",), "EIO"),
    _fault("bad-name:member", "a member's name that leads elsewhere", ("inform",), "EIO"),
    _fault(
        "other-version", "an answer for a version that is not served", ("inform",), "ENOENT", passing=False,
        believed=True),
    _fault(
        "parallel", "status 429 to the second of two downloads", ("data",), passing=False, moments=_BEFORE_ALL_CAME),
    _fault("crowded", "the same, to several readers", ("data",), "EIO", passing=False, moments=(AGAIN,)),
    _fault("lapse-bytes", "authorisation lapses after four mebibytes", ("data",), passing=False),
    _fault("lapse-after", "authorisation lapses after a second", ("data",), passing=False),
    _fault(
        "withdrawn", "the release is withdrawn", ("server",), "ENOENT", passing=False, moments=_BEFORE_ALL_CAME,
        believed=True),
    _fault("refused", "nobody listens any more", ("server",), "EIO", passing=False),
    _fault("frozen", "the server is there and says nothing", ("server",), "ETIMEDOUT", passing=False),
    _fault(
        "forgotten", "connections bring nothing more, new ones do", ("server",), "ETIMEDOUT", lasting=False,
        moments=(IN_A_COPY, IN_READ_AHEAD, AGAIN)),
    _fault("lost", "no connection brings anything, none is closed", ("server",), "ETIMEDOUT", passing=False),
    _fault("clock+", "the clock is set a day ahead", ("server",), passing=False),
    _fault("clock-", "the clock is set a day back", ("server",), passing=False),
    _fault(
        "name", "the server's name is not known", ("server",), "EIO", "ETIMEDOUT", passing=False,
        moments=(FIRST_USE, IN_READ_AHEAD), total=True, worst=FIRST_USE),
    _fault("trusted", "TLS with a trusted certificate", ("server",), passing=False, moments=(FIRST_USE,)),
    _fault(
        "certificate", "a certificate nobody trusts", ("server",), "EIO", passing=False, moments=_BEFORE_ALL_CAME,
        total=True),
    _fault(
        "misnamed", "a trusted certificate of another host", ("server",), "EIO", passing=False, moments=_BEFORE_ALL_CAME,
        total=True, worst=FIRST_USE),
    _fault(
        "outdated", "TLS 1.1 and nothing newer", ("server",), "EIO", "ETIMEDOUT", passing=False, moments=(FIRST_USE,),
        total=True),
)

REMARKS = (
    "Cells are empty where nobody asks at that moment. The history is believed for an hour and a release's "
    "description for ever, so that neither is asked for in a copy, in read-ahead, or when something is fetched again; "
    "nonce and init are asked for in a copy because the emulator lets the authorisation lapse, and are kept while "
    "evicted blocks are fetched again. The tail of a package is read first; so in a copy and in read-ahead it is the "
    "package as served that is read, to its end. That each fault has struck is seen in each cell: replies are counted, a silent connection is one that "
    "something was sent on, and who is not answered at all gets an error.",
    "",
    "Of the way to the server some cells are left out. A name that is no longer known is noticed a minute later, when libcurl "
    "has forgotten the address: a reader who has stopped waits for so long, then connections end; a copy would be over by "
    "then. A certificate changes, and connections end, in the middle of a copy, too, but not once more where something is "
    "fetched again, and neither is a release withdrawn then. A redirect leads to another address, where somebody listens "
    "whom nobody may ask.", "",
)
"""For the page: why there are no other cells."""


@dataclass(frozen=True)
class Cell:
    """One fault, where, when, and for how long."""

    fault: Fault
    place: str
    moment: str
    lasts: bool
    """Whether until it is taken away; else it strikes three times."""

    @property
    def name(self) -> str:
        return f"{self.fault.name}@{self.place}, {self.moment}, {'lasting' if self.lasts else 'passing'}"

    @property
    def is_untold(self) -> bool:
        """Whether bytes come damaged. Only a copy of all of them can tell if nothing is known of them; and what comes twice
        the same is believed, as if it had been damaged before."""
        return self.fault.worst == AGAIN and self.place in DOWNLOADS

    @property
    def lapses(self) -> bool:
        """Whether the authorisation must lapse, as else nobody asks there again."""
        return self.place in ("nonce", "init") and self.moment != FIRST_USE

    @property
    def is_slow(self) -> bool:
        """Whether a copy must have a middle, or outlast an authorisation."""
        return self.is_midway or self.fault.name == "lapse-after"

    @property
    def is_midway(self) -> bool:
        """Whether the fault comes when some of a copy is done; for the tail it may come before."""
        return self.moment in (IN_A_COPY, IN_READ_AHEAD) and self.place != "tail"

    @property
    def turn(self) -> int:
        """A number by which the cells of a fault, and the faults, take turns."""
        return FAULTS.index(self.fault) + self.fault.places.index(self.place) + self.lasts


def cells(short: bool) -> Iterator[Cell]:
    """All that are run; in the short form each fault once where it hurts most."""
    for fault in FAULTS:
        if short and fault.believed:
            continue
        for place in fault.places if not short else fault.places[-1:]:
            moments = _moments(fault, place)
            for moment in [fault.worst] if short and fault.worst in moments else moments:
                for lasts in (False, True):
                    if fault.lasting if lasts else fault.passing:
                        yield Cell(fault, place, moment, lasts)


def _moments(fault: Fault, place: str) -> list[str]:
    """Those at which somebody asks there."""
    if place in ASKED_ONCE:
        # A history is believed for an hour and a description for ever.
        return [FIRST_USE]
    return [moment for moment in fault.moments if moment != AGAIN or place not in CONTROL]
