"""That the faults which are tried are all that the emulator has."""

import re
import unittest

from Reliability.matrix import FAULTS
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


if __name__ == "__main__":
    unittest.main()
