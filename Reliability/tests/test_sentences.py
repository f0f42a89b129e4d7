"""That each error has its sentence, which README explains, and that none goes with another."""

import errno
import os
import re
import unittest
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from Reliability.matrix import EXACT, FAULTS, Cell, Fault, cells
from Reliability.readers import Reader
from Reliability.sentences import lines, mistake, needed, said
from Reliability.site import REPOSITORY

_Row = tuple[list[str], str]
"""The phrases of a message, and what a program sees."""


def _failures() -> Iterator[tuple[Fault, str, str]]:
    """All that readers may get, but for all bytes."""
    for fault in FAULTS:
        for place in fault.places:
            for outcome in sorted(fault.allowed(place, lasts=True) - {EXACT}):
                yield fault, place, outcome


def _explained() -> list[_Row]:
    """README's first table of messages; what stands between dots and strokes is what the program says."""
    text = (REPOSITORY / "README.md").read_text().partition("## What each message means")[2]
    table = text.partition("| a program sees |")[2].partition("\n\n")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    return [([each for each in re.split(r'[…/;,:()"]\s*', row[1]) if each.strip()], row[2]) for row in rows]


class TableTests(unittest.TestCase):
    def test_each_error_number_is_explained(self) -> None:
        rows = _explained()
        self.assertGreater(len(rows), 20)
        for fault, place, outcome in _failures():
            seen = os.strerror(getattr(errno, outcome))
            phrases = [each.strip() for all_of_row, what in rows if seen in what for each in all_of_row]
            self.assertTrue(phrases, outcome)
            for words in needed(fault, place, outcome):
                self.assertTrue(
                    any(each in words or words.strip(" .:") in each for each in phrases),
                    f"README does not explain to who sees {seen}: {words}")


class MistakeTests(unittest.TestCase):
    def wrong(self, fault: str, place: str, outcome: str, *log: tuple[str, str]) -> str:
        which = (fault, place, True)
        cell = next(each for each in cells(short=False) if (each.fault.name, each.place, each.lasts) == which)
        return mistake(cell, self.reader(outcome, *log))

    def reader(self, outcome: str, *log: tuple[str, str]) -> Reader:
        site = SimpleNamespace(logged=lambda level: [line for each, line in log if each == level])
        return Reader("it", site, Path("it"), "right", outcome)

    def test_the_sentence_of_the_fault(self) -> None:
        right = ("error", "read /a: The server has a fault of its own (status 500). Try again later. [A:1]")
        self.assertEqual(self.wrong("500", "data", "EIO", right), "")
        for line in ("read /a: Input/output error", "read /a: The server has a fault of its own (status 502). [A:1]"):
            self.assertIn("the log does not say The server has", self.wrong("500", "data", "EIO", ("error", line)))
        placeless = ("error", right[1].removesuffix(" [A:1]"))
        for log in ([], [("info", right[1])], [("warning", right[1])], [placeless]):
            self.assertIn("the log does not say", self.wrong("500", "data", "EIO", *log))

    def test_the_sentence_of_the_error_number(self) -> None:
        silent = ("error", "read /a: There was no answer within 3.0 seconds. [A:1]")
        self.assertEqual(self.wrong("500", "data", "ETIMEDOUT", silent), "")
        self.assertIn("the log does not say", self.wrong("500", "data", "EIO", silent))

    def test_no_other_sentence(self) -> None:
        right = ("error", "read /a: There was no answer within 3.0 seconds. [A:1]")
        other = ("error", "read /a: A read of 5 bytes claims to have filled 6. [A:1]")
        for outcome, log in (("ETIMEDOUT", (right, other)), (EXACT, (other,))):
            self.assertEqual(self.wrong("stall", "data", outcome, *log), f"the log says {other[1]}")
        self.assertEqual(self.wrong("stall", "data", EXACT, right), "")
        self.assertEqual(self.wrong("clock+", "server", EXACT, right), f"the log says {right[1]}")

    def test_what_does_not_exist_is_a_warning(self) -> None:
        for level in ("warning", "error"):
            line = (level, "SM-A207F/SER: The server has no such firmware for this model and region (status 403).")
            self.assertEqual(self.wrong("403", "history", "ENOENT", line), "")
        self.assertIn("the log does not say", self.wrong("403", "history", "ENOENT"))

    def test_messages_and_downloads(self) -> None:
        page = (
            "error",
            "lookup /a: A web page came instead of an answer: a firewall or captive portal is in between. [A:1]")
        self.assertEqual(self.wrong("html", "inform", "EIO", page), "")
        self.assertIn("the log does not say", self.wrong("html", "data", "EIO", page))

    def test_the_last_that_fits_is_told(self) -> None:
        cell = next(each for each in cells(short=False) if each.fault.name == "refused")
        log = [("error", f"a cannot be reached: {number} [A:1]") for number in (1, 2)] + [("error", "other")]
        self.assertEqual(said(cell, self.reader("EIO", *log)), "a cannot be reached: 2 [A:1]")
        self.assertEqual(said(cell, self.reader(EXACT, *log)), "")


class PageTests(unittest.TestCase):
    def test_each_that_came_once(self) -> None:
        found: list[SimpleNamespace] = []
        for place, outcome in (("data", "EIO"), ("data", EXACT), ("inform", "EIO"), ("data", "EIO"), ("init", "EIO")):
            cell = next(each for each in cells(short=False) if (each.fault.name, each.place) == ("html", place))
            found.append(SimpleNamespace(cell=cell, outcome=outcome, others={}))
        found[0].others = {"another": "ETIMEDOUT"}
        rows = [line for line in lines(found) if line.startswith("| a page")]
        self.assertEqual(len(rows), 3)
        self.assertIn("| inform, init | `EIO` | A web page came instead of an answer |", rows[0])


if __name__ == "__main__":
    unittest.main()
