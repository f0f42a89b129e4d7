"""What the model knows while a program runs: what is published, open, kept, and wrong at the moment. Times are seconds
on the caller's clock."""

from dataclasses import dataclass, field

from ..site import SLACK as _SITE_SLACK
from . import faults
from .operations import FaultOn
from .program import Header
from .published import Release

LATEST = "latest"
TTL = 1.0
"""Seconds, of `--latest-ttl`."""
SLACK = 0.5 + _SITE_SLACK
"""Seconds that a call may take longer than its deadline: several programs run at a time."""
OFFLINE = frozenset({"ENETUNREACH"})
DEAD = frozenset({"ENOTCONN", "ECONNABORTED", "EIO"})
"""What is left of a mount whose daemon was killed answers so, or with what the kernel has."""

_AFTER = 2.0
"""Seconds beyond a deadline after which nothing that a fault has begun goes on: a request is asked for again for as
long as the deadline, and the pause after status 429 or 503 is one second."""
_BELIEVED = 10.0
"""Seconds for which a history that could not be asked for is believed."""
_ABSENT = 60.0
"""Seconds for which what does not exist is not looked for again."""


@dataclass
class Handle:
    """An open file."""

    path: str
    """In its release."""
    versions: set[str]
    """The releases of which it may be; reading leaves one."""
    mount: int
    """Which of the program's mounts it belongs to."""
    offline: bool
    is_dead: bool = False
    is_firm: bool = False
    """Whether the file was given before any bytes came damaged, and this was open then: it gives the same, or an error."""


@dataclass
class _Reign:
    """A time in which a release is the latest."""

    version: str
    until: float | None = None


@dataclass
class World:
    header: Header
    releases: dict[str, Release]
    """By their names; the first is the latest at the beginning."""
    offline: bool = False
    mount: int = 0
    fault: FaultOn | None = None
    handles: dict[int, Handle] = field(default_factory=dict)
    kept: set[tuple[str, str]] = field(default_factory=set)
    """Files, by release and path, all of whose bytes must be in the cache."""
    given: set[tuple[str, str]] = field(default_factory=set)
    """Files, by release and path, all of whose bytes came right in this mount before any came damaged. It knows their blocks
    when they come again, and the kernel has no wrong page of them."""
    is_clean: bool = True
    """Whether all that the kernel has came by way of what the cache has."""
    is_damaged: bool = False
    """Whether bytes came wrong that only the checksum of a whole file can tell."""
    is_peeked: bool = False
    """Whether parts of files were read since, of which the kernel may have wrong pages."""
    known: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Inode number and time of what was looked at, by release and path."""
    _over: list[tuple[FaultOn, float]] = field(default_factory=list)
    """Faults that have ended, and when."""
    _absent: dict[str, float] = field(default_factory=dict)
    """Paths that were not there, and until when that is believed."""
    _reigns: list[_Reign] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reigns.append(_Reign(next(iter(self.releases))))

    @property
    def keeps_all(self) -> bool:
        """Whether the cache holds all there is; a smaller one evicts."""
        return self.header.cache.endswith("G")

    # What happens.

    def begin_fault(self, fault: FaultOn, now: float) -> None:
        self.end_fault(now)
        self.fault = fault
        if faults.damages(fault):
            if not self.is_damaged:
                self._note_firm()
            self.is_damaged = True
            self.kept.clear()

    def _note_firm(self) -> None:
        """Whoever has a file open that was given goes on with those bytes alone."""
        for handle in self.handles.values():
            files = {(version, handle.path) for version in handle.versions}
            handle.is_firm = handle.mount == self.mount and len(files) == 1 and files <= self.given

    def end_fault(self, now: float) -> None:
        if self.fault is not None:
            self.note_over(self.fault, now)
        self.fault = None

    def note_over(self, fault: FaultOn, now: float) -> None:
        self._over.append((fault, now))

    def make_latest(self, version: str, now: float) -> None:
        self._reigns[-1].until = now
        self._reigns.append(_Reign(version))

    def remount(self, offline: bool, lazy: bool) -> None:
        """A clean end and a new beginning. What is open went before, unless the end is a lazy one."""
        self._mount_anew()
        self.offline = offline
        if lazy:
            # The old daemon may still have to write what it has fetched.
            self.kept.clear()
        else:
            self.handles.clear()
            self._over.clear()

    def kill(self) -> None:
        for handle in self.handles.values():
            handle.is_dead |= handle.mount == self.mount
        self._mount_anew()
        self._over.clear()
        # What was not committed is gone.
        self.kept.clear()

    def empty(self) -> None:
        """A new cache, on which nothing old has a hold."""
        self.remount(offline=False, lazy=False)
        self.kept.clear()
        self.is_damaged = faults.damages(self.fault)
        self.known.clear()

    def _mount_anew(self) -> None:
        self.mount += 1
        self.given.clear()
        self._absent.clear()
        self.is_clean = True
        self.is_peeked = False

    def lose(self) -> None:
        """Something may be gone from the cache that the kernel still has."""
        self.kept.clear()
        self.is_clean = False

    def note_absent(self, path: str, now: float) -> None:
        self._absent[path] = now + _ABSENT + SLACK

    # What may be.

    def grace(self) -> float:
        """Seconds after a fault in which its errors may still come."""
        return self.header.timeout + _AFTER

    def troubles(self, start: float) -> list[FaultOn]:
        """The faults that a call that began then may have met; of this mount or an older one."""
        over = [fault for fault, end in self._over if start < end + self.grace()]
        return over if self.fault is None else [self.fault, *over]

    def excused(self, start: float, handle: Handle | None = None) -> frozenset[str]:
        """Error numbers that a call may end with that should give something."""
        damage = frozenset({"EIO"}) if self.is_damaged else frozenset()
        if handle.offline if handle else self.offline:
            return OFFLINE | damage
        return damage.union(*(faults.outcomes(fault) for fault in self.troubles(start)))

    def longest(self, start: float, steps: int, blocks: int, handle: Handle | None = None) -> float:
        """Seconds that a call may take: a deadline, or where there is trouble one for each of its steps, and for each
        block of 256 KiB that comes meanwhile."""
        if handle.offline if handle else self.offline:
            return SLACK
        troubles = self.troubles(start)
        rounds = steps if troubles else 1
        if any(fault.name in faults.BRINGING for fault in troubles):
            rounds += blocks
        return rounds * self.header.timeout + SLACK

    def latest(self, start: float, end: float) -> set[str]:
        """What may have been the latest for a call of that time."""
        if self.offline:
            return {reign.version for reign in self._reigns}
        believed = 2 * TTL + 1
        # Where the server was asked in vain, what was known then goes on for a while.
        vain = self.grace() + _BELIEVED
        if self.fault is not None or any(start < over + vain + believed for _, over in self._over):
            believed += vain
        return {
            reign.version for reign in self._reigns if reign.until is None or reign.until > start - believed}

    def releases_of(self, path: str, start: float, end: float) -> tuple[list[Release], str]:
        """The releases whose directory a path may lead into, and the rest of it; none for what is no release's name."""
        name, _, rest = path.partition("/")
        versions = self.latest(start, end) if name == LATEST else {name} & set(self.releases)
        return [self.releases[version] for version in sorted(versions)], rest

    def may_seem_absent(self, path: str, now: float) -> bool:
        """Whether it, or a directory that it would be in, was not there a short while ago."""
        parts = path.split("/")
        return any(now < self._absent.get("/".join(parts[:count]), 0) for count in range(1, len(parts) + 1))
