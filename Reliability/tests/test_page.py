"""What docs/RELIABILITY.md says first."""

import unittest
from collections.abc import Sequence

from Reliability.cell import Result
from Reliability.crash import Crash
from Reliability.disk import MOMENTS, DiskTrial
from Reliability.disk_faults import FAULTS
from Reliability.ended import IDLE, Ending
from Reliability.loaded import Load
from Reliability.matrix import EXACT, cells
from Reliability.model.search import Tally
from Reliability.page import Run, text
from Reliability.ways import WAYS


class PageTests(unittest.TestCase):
    def run_of(
        self, faults: list[Result], crashes: list[Crash], disks: list[DiskTrial], loads: list[Load],
        endings: Sequence[Ending] = (),
    ) -> Run:
        return Run("fusfs 1", 38.6, faults, crashes, disks, [], [], list(endings), loads, [Tally(0, programs=1234)])

    def test_how_late_a_call_was_in_any_kind_of_trial(self) -> None:
        self.assertEqual(self.run_of([], [Crash("copying", 5, 1)], [], []).late, 0)
        before = Crash("copying", 5, 1, late=-2.5)
        self.assertEqual(self.run_of([], [before], [], []).late, -2.5)
        late = Crash("flipped", 5, 1, late=0.25), Load("load: soak", late=0.5), Ending(WAYS[0], IDLE, late=0.75)
        for crashes, loads, endings, expected in (
                (late[:1], (), (), 0.25), (late[:1], late[1:2], (), 0.5), (late[:1], late[1:2], late[2:], 0.75)):
            self.assertEqual(self.run_of([], [before, *crashes], [], list(loads), endings).late, expected)

    def test_all_that_was_wrong_is_counted_and_how_late_the_latest_call_was(self) -> None:
        some = next(cell for cell in cells(short=False) if cell.fault.deadlines == 1)
        slow = next(cell for cell in cells(short=False) if cell.fault.deadlines == 2)
        faults = [
            Result(some, EXACT, 4, 3.2, 0, 0, "", deceived=1), Result(slow, "EIO", 9, 6.5, 0, 0, "a sentence"),
            Result(some, "none", 1, 1, 0, 0, "", "wrong bytes")]
        disk = DiskTrial(FAULTS[0], MOMENTS[0])
        disk.longest = 3.4
        disk.outcome = EXACT
        run = self.run_of(faults, [Crash("copying", 5, 1)], [disk], [Load("load: soak", faults=["it grew"])])
        said = text(run)
        for line in (
                "| minutes, of 40 | 39 |", "| trials | 7 |", "| not as they must be | 2 |", "| with wrong bytes | 1 |",
                "| the longest that a call took beyond its deadline, under faults of server and disk, of a shared cache, "
                "before and after crashes, while mounts end, and under load | 0.5 s |",
                "| random programs, each of a seed | 1,234 |",
                "| other trials that follow from a seed | 1 |"):
            self.assertIn(f"\n{line}\n", said)
        self.assertIn("it grew", said)


if __name__ == "__main__":
    unittest.main()
