"""That the faults which are tried are all that the emulator has, and that each has struck."""

import re
import unittest
from pathlib import Path
from unittest.mock import patch

from Reliability.cell import Result, measure
from Reliability.matrix import EXACT, FAULTS, FIRST_USE, IN_A_COPY, cells
from Reliability.reader import WRONG
from Reliability.site import REPOSITORY

_SOURCE = REPOSITORY / "Sources/FUSEmulator/Settings/Fault+Parsing.swift"
_CASE = re.compile(r'\("([^"]+)", (?:"([^"]+)"|[^)"]+)\)')
"""A name with an argument: one word, any or none."""


class MatrixTests(unittest.TestCase):
    def test_every_fault_of_the_emulator_is_tried(self) -> None:
        lines = [line for line in _SOURCE.read_text().splitlines() if line.lstrip().startswith("case (")]
        known = [found for line in lines for found in _CASE.findall(line)]
        self.assertTrue(known)
        self.assertEqual(len(known), sum(line.count('("') for line in lines), "the source is written in another way")
        words = {f"{name}:{argument}" if argument else name for name, argument in known}
        tried = {each.name for each in FAULTS} | {each.name.partition(":")[0] for each in FAULTS}
        self.assertEqual(words - tried, set())

    def test_a_fault_that_comes_too_late_is_tried_again(self) -> None:
        def tries(moment: str, *wrongs: str) -> int:
            cell = next(each for each in cells(short=False) if (each.place, each.moment) == ("data", moment))
            results = [Result(cell, EXACT, 1, 1, 0, 0, "", wrong) for wrong in wrongs]
            with patch("Reliability.cell._tried", side_effect=results) as tried:
                self.assertIs(measure(cell, Path(), Path(), Path("folder")), results[tried.call_count - 1])
            folders = [call.args[3] for call in tried.call_args_list]
            self.assertEqual(len(set(folders)), len(folders))
            return len(folders)

        missed = "the fault has not struck"
        self.assertEqual(tries(IN_A_COPY, ""), 1)
        self.assertEqual(tries(IN_A_COPY, missed, ""), 2)
        self.assertEqual(tries(IN_A_COPY, missed, WRONG), 2)
        self.assertEqual(tries(IN_A_COPY, missed, missed, missed), 3)
        self.assertEqual(tries(IN_A_COPY, WRONG, ""), 1)
        self.assertEqual(tries(FIRST_USE, missed), 1)

    def test_wrong_bytes_are_told_rather_than_anything_else(self) -> None:
        result = Result(next(cells(short=False)), EXACT, 1, 1, 0, 0, "")
        for wrong, told in (("late", "late"), ("silent", "late"), (f"then {WRONG}", f"then {WRONG}"), (WRONG, f"then {WRONG}")):
            result.blame(wrong)
            self.assertEqual(result.wrong, told)


if __name__ == "__main__":
    unittest.main()
