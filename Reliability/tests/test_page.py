"""What docs/RELIABILITY.md says first."""

import unittest

from Reliability.cell import Result
from Reliability.crash import Crash
from Reliability.disk import MOMENTS, DiskTrial
from Reliability.disk_faults import FAULTS
from Reliability.loaded import Load
from Reliability.matrix import EXACT, cells
from Reliability.model.search import Tally
from Reliability.page import Run, text


class PageTests(unittest.TestCase):
    def test_all_that_was_wrong_is_counted_and_how_late_the_latest_call_was(self) -> None:
        some = next(cell for cell in cells(short=False) if cell.fault.deadlines == 1)
        slow = next(cell for cell in cells(short=False) if cell.fault.deadlines == 2)
        faults = [
            Result(some, EXACT, 4, 3.2, 0, 0, "", deceived=1), Result(slow, "EIO", 9, 6.5, 0, 0, "a sentence"),
            Result(some, "none", 1, 1, 0, 0, "", "wrong bytes")]
        disk = DiskTrial(FAULTS[0], MOMENTS[0])
        disk.longest = 3.4
        run = Run(
            "fusfs 1", 38.6, faults, [Crash("copying", 5, 1)], [disk], [], [], [],
            [Load("load: soak", faults=["it grew"])], [Tally(0, programs=1234)])
        said = text(run)
        for line in (
                "| minutes, of 40 | 39 |", "| trials | 7 |", "| not as they must be | 2 |", "| with wrong bytes | 1 |",
                "| the longest that a call took beyond its deadline, under faults of server and disk, and of a shared cache "
                "| 0.5 s |",
                "| random programs, each of a seed | 1,234 |",
                "| other trials that follow from a seed | 1 |"):
            self.assertIn(f"\n{line}\n", said)
        self.assertIn("it grew", said)


if __name__ == "__main__":
    unittest.main()
