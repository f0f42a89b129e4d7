"""Who reads what is fetched again, and that none of them may get anything wrong."""

import tempfile
import unittest
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace

from Reliability.cell import judged
from Reliability.matrix import AGAIN, EXACT, Cell, cells
from Reliability.reader import WRONG, mistake, read
from Reliability.readers import Reader, company

_AGAIN = [cell for cell in cells(short=False) if cell.moment == AGAIN]


def _site(*errors: str) -> SimpleNamespace:
    names = ("package", "served", "member", "small")
    paths = {name: Path(name) for name in names}
    return SimpleNamespace(
        **paths, sha256="package", **{f"{name}_sha256": name for name in names[1:]},
        logged=lambda level: list(errors) if level == "error" else [],
        mistake=lambda said, _: WRONG if said["sha256"] == "wrong" else said["errno"] or "")


def _said(sha256: str, errno: str | None = None, longest: float = 0.1) -> dict:
    return {"sha256": sha256, "errno": errno, "seconds": 0.2, "longest": longest}


class CompanyTests(unittest.TestCase):
    def setUp(self) -> None:
        self.site, self.other = _site(), _site()

    def names(self, cell: Cell) -> list[str]:
        return [each.name for each in company(cell, self.site, self.other)]

    def test_all_take_turns(self) -> None:
        times: Counter[str] = Counter()
        of_fault: dict[str, set[str]] = defaultdict(set)
        for cell in _AGAIN:
            self.assertIn("a stored member", self.names(cell))
            times.update(self.names(cell))
            of_fault[cell.fault.name] |= set(self.names(cell))
        self.assertEqual(sum(name.endswith("beside") for name in times), 4)
        self.assertEqual(len(times), 7)
        self.assertGreater(min(times.values()), len(_AGAIN) / 6)
        several = [cell.fault.name for cell in _AGAIN if cell.place == "data" and cell.fault.passing]
        self.assertGreaterEqual(min(len(of_fault[name]) for name in several), 3)

    def test_all_read_damaged_bytes(self) -> None:
        damaged = [cell for cell in _AGAIN if cell.fault.name.startswith("flip")]
        self.assertEqual([len(self.names(cell)) for cell in damaged], [7] * 8)


class MistakeTests(unittest.TestCase):
    def test_what_came_before_an_error_must_be_right_too(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            truth, other = Path(folder) / "truth", Path(folder) / "other"
            truth.write_bytes(b"right" * 100_000)
            whole = read(str(truth))
            self.assertEqual(mistake(whole, whole["sha256"], truth), "")
            for content, errno, found in (
                    (b"right" * 60_000, "EIO", "EIO"), (b"", "ENOENT", "ENOENT"), (b"right" * 60_000, None, WRONG),
                    (b"wrong" * 60_000, "EIO", WRONG), (b"right" * 100_001, "EIO", WRONG)):
                other.write_bytes(content)
                self.assertEqual(mistake(read(str(other)) | {"errno": errno}, whole["sha256"], truth), found)
            other.unlink()
            self.assertEqual(mistake(read(str(other)), whole["sha256"], truth), "ENOENT")


class JudgementTests(unittest.TestCase):
    def judged(self, name: str, said: dict, *errors: str) -> str:
        """What is wrong with a cell of the fault in which the package came right, but this to another reader, and his log
        has these errors."""
        cell = next(cell for cell in _AGAIN if cell.fault.name == name)
        readers = [
            Reader("the package", _site(), Path("one"), "right"), Reader("another", _site(*errors), Path("two"), "right")]
        result = judged(cell, readers, [_said("right"), said])
        self.assertEqual(result.outcome, EXACT)
        self.assertEqual(list(result.others), ["another"])
        return result.wrong

    def test_all_bytes_or_an_error_that_fits(self) -> None:
        sentence = "read it: It was found damaged while this file was open. [A:1]"
        for said in (_said("right"), _said("some", "EIO")):
            self.assertEqual(self.judged("flip", said, sentence), "")
        self.assertIn("another: the log does not say", self.judged("flip", _said("some", "EIO")))
        self.assertEqual(self.judged("flip", _said("wrong")), "another: wrong bytes, not EIO or ETIMEDOUT or exact")
        self.assertEqual(self.judged("clock+", _said("wrong", "EIO")), "another: wrong bytes, not exact")
        self.assertEqual(self.judged("clock+", _said("some", "EIO")), "another: EIO, not exact")

    def test_damaged_bytes_may_come_before_the_error(self) -> None:
        cell = next(each for each in cells(short=False) if each.fault.name == "flip" and each.place == "data")
        sentence = "read it: It was found damaged while this file was open. [A:1]"
        for said, wrong, deceived in (
                (_said("wrong", "EIO"), "", 1), (_said("some", "EIO"), "", 0),
                (_said("wrong"), "the package: wrong bytes, not EIO or ETIMEDOUT or exact", 0)):
            result = judged(cell, [Reader("the package", _site(sentence), Path("p"), "right")], [said])
            self.assertEqual((result.wrong, result.deceived), (wrong, deceived))

    def test_in_time(self) -> None:
        self.assertIn("a call took", self.judged("flip", _said("right", longest=60)))


if __name__ == "__main__":
    unittest.main()
