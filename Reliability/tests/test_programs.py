"""Programs: that they follow from their seeds, can be read back, and are made smaller."""

import tempfile
import unittest
from collections import Counter
from pathlib import Path

from Reliability.model import faults
from Reliability.model.author import program
from Reliability.model.operations import (
    Close, Copy, DropPages, Evict, FaultOff, FaultOn, Kill, List, Open, Operation, Read, Remount, Stat, Wait,
)
from Reliability.model.program import Header, Program, parsed, parsed_program
from Reliability.model.shrinking import Shrinking, simplified

from .releases import releases

HEADER = Header(1, 1, 2, "1G")


def of(*operations: Operation) -> Program:
    return Program(HEADER, operations)


class AuthorTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.releases = releases(Path(folder.name))

    def test_a_seed_gives_one_program(self) -> None:
        for seed in range(20):
            self.assertEqual(program(seed, self.releases), program(seed, self.releases))
        self.assertEqual(len({str(program(seed, self.releases)) for seed in range(50)}), 50)

    def test_text_can_be_read_back(self) -> None:
        for seed in range(200):
            made = program(seed, self.releases)
            self.assertEqual(parsed_program(str(made)), made)

    def test_every_operation_comes_and_most_do_something(self) -> None:
        kinds: Counter[str] = Counter()
        for seed in range(300):
            is_open: set[int] = set()
            for operation in program(seed, self.releases).operations:
                kinds[type(operation).__name__] += 1
                match operation:
                    case Open(slot): is_open.add(slot)
                    case Close(slot): is_open.discard(slot)
                    case Read(slot): kinds["in vain"] += slot not in is_open
        self.assertLessEqual({kind.__name__ for kind in Operation.__subclasses__()} - {"Header"}, set(kinds))
        self.assertLess(kinds["in vain"], kinds["Read"] / 50)

    def test_what_was_right_comes_damaged_in_another_mount_and_while_it_is_open(self) -> None:
        kinds: Counter[str] = Counter()
        for seed in range(300):
            operations = program(seed, self.releases).operations
            for place, operation in enumerate(operations):
                match operations[max(0, place - 1)], operation:
                    case Remount(False, False), FaultOn("flip", "data", _): kinds["remounted"] += 1
                    case DropPages(slot), FaultOn("flip", "data", _):
                        kinds["open"] += self.is_right_before(operations[:place], slot)
        self.assertGreater(min(kinds["remounted"], kinds["open"]), 10)

    def is_right_before(self, operations: tuple[Operation, ...], slot: int) -> bool:
        """Whether the newest file of the slot was copied since it was opened, in the same mount, and evicted after that."""
        opened = max(place for place, each in enumerate(operations) if isinstance(each, Open) and each.slot == slot)
        since = operations[opened + 1:]
        copied = since.index(Copy(operations[opened].path)) if Copy(operations[opened].path) in since else len(since)
        return any(isinstance(each, Evict) for each in since[copied:]) and not any(
            isinstance(each, Remount | Kill) for each in since)

    def test_all_ends_well(self) -> None:
        """No program ends with a fault on or offline, so that its last copies must be right."""
        for seed in range(200):
            faulty = offline = False
            for operation in program(seed, self.releases).operations:
                match operation:
                    case FaultOn(): faulty = True
                    case FaultOff(): faulty = False
                    case Remount(is_offline): offline = is_offline
                    case _ if type(operation).__name__ == "Fresh": offline = False
            self.assertFalse(faulty or offline, seed)


class TextTests(unittest.TestCase):
    def test_a_report_can_be_repeated(self) -> None:
        made = of(Stat("latest/AP/boot.img"), Read(1, 5, 6), Kill())
        lines = str(made).splitlines()
        lines[2] += "  <- wrong"
        report = "\n".join(["50 programs.", "", *lines, "The log: something", ""])
        self.assertEqual(parsed_program(report), made)

    def test_what_is_none(self) -> None:
        for line in (
            "Bark", "Read slot=1 offset=2", "Read slot=1 offset=2 count=3 more=4", "Read slot=x offset=2 count=3",
        ):
            with self.assertRaises(ValueError):
                parsed(line)
        with self.assertRaises(ValueError):
            parsed_program("Kill")


class FaultTests(unittest.TestCase):
    def test_lines_end_what_was_before(self) -> None:
        self.assertEqual(faults.lines(None), faults.OFF)
        self.assertEqual(faults.lines(FaultOn("reset:0", "tail", 3)), faults.OFF + "fault=reset:0@tailx3\n")
        self.assertEqual(faults.lines(FaultOn("stall", "data", 0)), faults.OFF + "fault=stall@data\n")
        self.assertEqual(faults.lines(FaultOn("parallel", "data", 3)), faults.OFF + "parallel=1\n")

    def test_what_may_come_of_them(self) -> None:
        self.assertEqual(faults.outcomes(FaultOn("500", "data", 0)), {"EIO", "ETIMEDOUT"})
        self.assertEqual(faults.outcomes(FaultOn("lapse", "data", 0)), set())
        self.assertTrue(faults.damages(FaultOn("flip", "tail", 1)))
        self.assertFalse(faults.damages(FaultOn("flip", "inform", 1)))


class ShrinkingTests(unittest.TestCase):
    def smallest(self, made: Program, fails, tries: int = 1000) -> Program:
        return Shrinking(fails, tries, 30).smallest(made)

    def test_the_two_that_matter_are_left(self) -> None:
        def fails(candidate: Program) -> bool:
            kinds = [type(each) for each in candidate.operations]
            return Evict in kinds and Kill in kinds[kinds.index(Evict):]

        noise = [Wait(number) for number in range(1, 16)]
        made = of(*noise, Evict(4), *noise, Kill(), *noise)
        self.assertEqual(self.smallest(made, fails), of(Evict(0), Kill()))

    def test_values_become_as_simple_as_they_can(self) -> None:
        def fails(candidate: Program) -> bool:
            return any(isinstance(each, Read) and each.count >= 100 for each in candidate.operations)

        left = self.smallest(of(List("."), Open(0, "latest/a", True), Read(0, 70_000, 131_072)), fails)
        self.assertEqual(len(left.operations), 1)
        self.assertEqual((left.operations[0].offset, left.operations[0].count), (0, 128))

    def test_tries_are_limited(self) -> None:
        tried = []

        def fails(candidate: Program) -> bool:
            tried.append(candidate)
            return False

        made = of(*(Wait(number) for number in range(64)))
        self.assertEqual(self.smallest(made, fails, tries=3), made)
        self.assertEqual(len(tried), 3)

    def test_what_is_simpler(self) -> None:
        self.assertEqual(list(simplified(Remount(True, False))), [Remount(False, False)])
        self.assertEqual(list(simplified(Open(3, "a", False))), [])
        self.assertIn(Read(2, 4096, 1), simplified(Read(2, 4100, 1)))


if __name__ == "__main__":
    unittest.main()
