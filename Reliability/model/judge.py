"""Whether what a call gave is what the model allows."""

import errno
import hashlib
import os
from collections.abc import Iterable

from . import glance
from .difference import WrongBytes, need
from .operations import Copy, Interrupt, List, Open, Read, Stat
from .published import Place, Release
from .world import DEAD, LATEST, SLACK, Handle, World

_MODES = {Place.FILE: 0o444, Place.DIRECTORY: 0o555}
_AT_ONCE = SLACK - 0.5
"""Seconds within which a signal must end a program."""


class Judge:
    """Compares what calls give with the world, and notes there what it learns by them. `start` and `end` are when a
    call began and ended."""

    def __init__(self, world: World) -> None:
        self.world = world

    def looked_up(self, operation: Stat, answer: dict, start: float, end: float) -> None:
        found = self._found(operation.path, answer, start, end, steps=_steps(operation.path))
        if found is None:
            return
        place = Place.DIRECTORY if answer["is_directory"] else Place.FILE
        need(answer["mode"] == _MODES[place], f"mode {answer['mode']:o}")
        need(place is Place.DIRECTORY or answer["links"] == 1, f"{answer['links']} links")
        releases, rest = found
        if not releases or self.world.is_damaged:
            return
        fitting = [each for each in releases if each.place(rest) is place]
        need(bool(fitting), f"it is {place.value}")
        fitting = [each for each in fitting if each.size(rest) in (None, answer["size"]) or place is Place.DIRECTORY]
        need(bool(fitting), f"it has {answer['size']} bytes")
        if rest and place is Place.FILE:
            self._compare(fitting, rest, (answer["inode"], answer["modified"]))

    def _compare(self, releases: list[Release], rest: str, seen: tuple[int, int]) -> None:
        """Inode number and time are the same each time."""
        known = [self.world.known.get((each.version, rest)) for each in releases]
        if len(releases) == 1 and known[0] is None:
            self.world.known[releases[0].version, rest] = seen
        need(None in known or seen in known, f"inode and time are {seen}, and were {known}")

    def listed(self, operation: List, answer: dict, start: float, end: float) -> None:
        names = answer["names"]
        need(len(set(names)) == len(names), f"a name comes twice in {sorted(names)}")
        found = self._found(
            operation.path, answer, start, end, steps=_steps(operation.path) + 1, among=(Place.DIRECTORY,))
        if self.world.is_damaged:
            return
        releases, rest = found or self.world.releases_of(operation.path, start, end)
        right = [each.names(rest) for each in releases] if releases else [{LATEST, *self.world.releases}]
        if found is None:
            need(not names or any(set(names) <= each for each in right), f"it lists {sorted(names)}")
        else:
            need(set(names) in right, f"it lists {sorted(names)}, not one of {[sorted(each) for each in right]}")

    def opened(self, operation: Open, answer: dict, start: float, end: float) -> None:
        found = self._found(
            operation.path, answer, start, end, steps=_steps(operation.path) + 1, among=(Place.FILE,))
        if found is None:
            return
        releases, rest = found
        if not self.world.is_damaged:
            releases = [each for each in releases if each.size(rest) in (None, answer["size"])]
            need(bool(releases), f"it has {answer['size']} bytes")
        self.world.handles[operation.slot] = Handle(
            rest, {each.version for each in releases}, self.world.mount, self.world.offline)

    def read(self, operation: Read, answer: dict, start: float) -> None:
        world = self.world
        handle = world.handles[operation.slot]
        releases = [world.releases[version] for version in sorted(handle.versions)]
        is_inside = "/" in handle.path or handle.path.endswith(".md5")
        blocks = releases[0].blocks if is_inside else (operation.count >> 18) + 6
        self._in_time(answer["seconds"], start, 1, blocks, handle)
        excused = world.excused(start, handle) | (DEAD if handle.is_dead else frozenset())
        if answer["errno"] is not None:
            if not handle.is_dead and handle.offline and self._is_kept(releases, handle.path):
                excused -= {"ENETUNREACH"}
            need(answer["errno"] in excused, _unexpected(answer["errno"], excused))
            return
        fitting = []
        for release in releases:
            right = release.bytes(handle.path, operation.offset, operation.count)
            if hashlib.sha256(right[:answer["count"]]).hexdigest() == answer["sha256"]:
                # Where a part cannot be had the kernel gives what is before it.
                is_whole = answer["count"] == len(right)
                need(is_whole or bool(excused and answer["count"]), f"{answer['count']} bytes of {len(right)}")
                fitting.append(release)
        world.is_peeked |= world.is_damaged and not handle.is_firm
        if fitting:
            handle.versions = {each.version for each in fitting}
        elif handle.is_firm or not world.is_damaged:
            raise WrongBytes(releases[0], operation, handle.path)

    def copied(self, operation: Copy, answer: dict, start: float, end: float) -> None:
        world = self.world
        releases, rest = world.releases_of(operation.path, start, end)
        self._errno(operation.path, answer["errno"], releases, rest, start, end, among=(Place.FILE,))
        releases = [each for each in releases if each.place(rest) is Place.FILE]
        need(bool(releases) or answer["errno"] is not None, "it is there")
        whole = max((each.blocks for each in releases), default=0)
        blocks = whole if "/" in rest or rest.endswith(".md5") else 6
        if answer["longest"]:
            self._in_time(answer["longest"], start, 1, blocks)
        is_whole = answer["complete"] and answer["errno"] is None
        is_given = all((each.version, rest) in world.given for each in releases)
        if world.is_damaged and (not is_whole or not is_given and (world.is_peeked or "/" in rest)):
            world.is_peeked |= not is_whole and not is_given and answer["count"] > 0
            return
        fitting = [
            each for each in releases
            if answer["count"] <= (each.size(rest) or 0)
            and each.beginning_sha256(rest, answer["count"]) == answer["sha256"]]
        need(bool(fitting) or answer["count"] == 0, f"wrong bytes among the {answer['count']} of the copy")
        if not is_whole:
            return
        need(answer["count"] in {each.size(rest) for each in fitting}, f"the copy ends after {answer['count']} bytes")
        if len(fitting) == 1 and not world.is_damaged:
            self._note_copy(fitting[0], rest)

    def _note_copy(self, release: Release, rest: str) -> None:
        """All of the file has been given, and was right."""
        world = self.world
        if world.is_clean and world.keeps_all and not world.offline:
            world.kept.add((release.version, rest))
        if "/" not in rest:
            # What is inside a member may be decoded from somewhere before it, of which nothing need have come yet.
            world.given.add((release.version, rest))

    def interrupted(self, operation: Interrupt, answer: dict, start: float, end: float) -> None:
        """`answer`: the status of the program that read, what it wrote and said, and the seconds since the signal."""
        world = self.world
        world.is_peeked |= world.is_damaged
        # A deadline of a second may end it as soon.
        limit = _AT_ONCE if world.header.timeout > _AT_ONCE else world.header.timeout + SLACK
        need(answer["seconds"] <= limit, f"{answer['seconds']:.1f} s after the signal it had not ended")
        if answer["status"] < 0:
            return
        releases, rest = world.releases_of(operation.path, start, end)
        if answer["status"] == 0:
            releases = [each for each in releases if each.place(rest) is Place.FILE]
            right = {each.bytes(rest, glance.SIZE * operation.block, glance.SIZE) for each in releases}
            need(answer["bytes"] in right or world.is_damaged, "wrong bytes")
            return
        name = next((name for number, name in errno.errorcode.items() if os.strerror(number) == answer["said"]), "")
        if not (name == "ETIMEDOUT" and not world.offline):
            self._errno(operation.path, name or answer["said"], releases, rest, start, end, among=(Place.FILE,))

    # What they share.

    def _found(
        self, path: str, answer: dict, start: float, end: float, steps: int,
        among: Iterable[Place] = (Place.FILE, Place.DIRECTORY),
    ) -> tuple[list[Release], str] | None:
        """The releases that have what was found, and its path there; nothing for a call that has rightly failed."""
        releases, rest = self.world.releases_of(path, start, end)
        self._in_time(answer["seconds"], start, steps, max((each.blocks for each in releases), default=0))
        self._errno(path, answer["errno"], releases, rest, start, end, among)
        if answer["errno"] is not None:
            return None
        releases = [each for each in releases if each.place(rest) in among]
        need(bool(releases) or path == ".", "it is there")
        return releases, rest

    def _errno(
        self, path: str, number: str | None, releases: list[Release], rest: str, start: float, end: float,
        among: Iterable[Place],
    ) -> None:
        """Whether a call for the path may end so; notes what is said not to exist."""
        if number is None:
            return
        places = {each.place(rest) for each in releases} or {Place.DIRECTORY if path == "." else Place.NOTHING}
        allowed = set(self.world.excused(start))
        if self.world.offline and releases and self._is_kept(releases, rest):
            allowed -= {"ENETUNREACH"}
        if Place.BELOW_FILE in places or Place.FILE in places and Place.FILE not in among:
            allowed.add("ENOTDIR")
        if Place.NOTHING in places or self.world.may_seem_absent(path, start):
            allowed.add("ENOENT")
        need(number in allowed, _unexpected(number, allowed))
        if number == "ENOENT" and Place.NOTHING in places:
            self.world.note_absent(path, end)

    def _is_kept(self, releases: list[Release], rest: str) -> bool:
        return all((each.version, rest) in self.world.kept for each in releases)

    def _in_time(self, seconds: float, start: float, steps: int, blocks: int, handle: Handle | None = None) -> None:
        limit = self.world.longest(start, steps, blocks, handle)
        need(seconds <= limit, f"it took {seconds:.1f} s, of {limit:.1f}")


def _steps(path: str) -> int:
    """Names that are looked up, each with a deadline, and the model and region above them; and the question itself."""
    return path.count("/") + 4


def _unexpected(number: str, allowed: Iterable[str]) -> str:
    return f"{number}, not {' or '.join(sorted(allowed)) or 'what there is'}"

