"""What a crash is judged by."""

import unittest
from pathlib import Path
from types import SimpleNamespace

from Reliability.crash import Crash
from Reliability.reader import WRONG
from Reliability.site import LATE, READ_TIMEOUT

_SITE = SimpleNamespace(mistake=lambda said, _: WRONG if said["sha256"] == "wrong" else said["errno"] or "")


class ReaderTests(unittest.TestCase):
    def judged(self, sha256: str, errno: str | None, longest: float = 0.1, broken_off: bool = True) -> str:
        found = Crash("copying", 1, 0.5)
        said = {"sha256": sha256, "errno": errno, "longest": longest}
        found.judge(said, _SITE, Path("a/file"), "right", broken_off)
        return found.wrong

    def test_what_came_before_the_crash_must_be_right_and_may_end_in_its_error(self) -> None:
        for errno in (None, "ENOTCONN", "ECONNABORTED"):
            self.assertEqual(self.judged("right", errno), "")
        for errno in (None, "ENOTCONN"):
            self.assertEqual(self.judged("wrong", errno), "file, before the crash: wrong bytes")
        self.assertEqual(self.judged("right", "ENOENT"), "file, before the crash: ENOENT")

    def test_afterwards_no_error_is_right(self) -> None:
        self.assertEqual(self.judged("right", None, broken_off=False), "")
        self.assertEqual(self.judged("right", "ENOTCONN", broken_off=False), "file, after it: ENOTCONN")

    def test_each_call_ends_in_time(self) -> None:
        self.assertEqual(self.judged("right", "ENOTCONN", READ_TIMEOUT + LATE), "")
        self.assertIn("a call took", self.judged("right", "ENOTCONN", READ_TIMEOUT + LATE + 1))


if __name__ == "__main__":
    unittest.main()
