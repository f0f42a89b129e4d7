"""What the model allows, and what it does not."""

import hashlib
import sqlite3
import tempfile
import unittest
from pathlib import Path

from Reliability.model import corruption
from Reliability.model.difference import Difference, WrongBytes
from Reliability.model.judge import Judge
from Reliability.model.operations import Copy, FaultOn, Interrupt, List, Open, Read, Stat
from Reliability.model.program import Header
from Reliability.model.worker import Worker
from Reliability.model.world import World
from Reliability.reader import WRONG

from .releases import NEW, OLD, releases

BOOT = "AP/boot.img"


class JudgeCase(unittest.TestCase):
    """A world at the time 100."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        made = releases(self.folder)
        self.new, self.old = made
        self.world = World(Header(1, 1, 2, "1G"), {each.version: each for each in made})
        self.judge = Judge(self.world)

    def read(self, slot: int, offset: int, count: int, given: bytes | str, at: float = 100, seconds: float = 0) -> None:
        answer = {"errno": given, "seconds": seconds} if isinstance(given, str) else {
            "errno": None, "count": len(given), "sha256": hashlib.sha256(given).hexdigest(), "seconds": seconds}
        self.judge.read(Read(slot, offset, count), answer, at)

    def open(self, path: str, at: float = 100, slot: int = 0) -> None:
        size = 50_000 if path.endswith(BOOT) else self.new.size(path.partition("/")[2])
        self.judge.opened(Open(slot, path, False), {"errno": None, "seconds": 0.1, "size": size}, at, at)

    def copy(self, path: str, given: bytes, number: str | None = None, at: float = 100) -> None:
        answer = {
            "errno": number, "seconds": 0.2, "longest": 0.1, "count": len(given), "complete": number is None,
            "sha256": hashlib.sha256(given).hexdigest()}
        self.judge.copied(Copy(path), answer, at, at + 0.2)

    def stat(
        self, path: str, number: str | None = None, at: float = 100, seconds: float = 0.1, **other: object
    ) -> None:
        found = {
            "errno": number, "seconds": seconds, "is_directory": False, "mode": 0o444, "links": 1, "size": 50_000,
            "inode": 7, "modified": 1, **other}
        self.judge.looked_up(Stat(path), found, at, at)

    def list(self, path: str, *names: str, number: str | None = None, at: float = 100) -> None:
        self.judge.listed(List(path), {"errno": number, "seconds": 0.1, "names": list(names)}, at, at)


class ReadTests(JudgeCase):
    def test_right_bytes(self) -> None:
        self.open(f"{NEW}/{BOOT}")
        self.read(0, 100, 50, self.new.bytes(BOOT, 100, 50))
        self.read(0, 49_990, 50, self.new.bytes(BOOT, 49_990, 10))
        self.read(0, 50_000, 50, b"")
        self.read(0, 0, 0, b"")

    def test_wrong_bytes_are_told(self) -> None:
        self.open(f"{NEW}/{BOOT}")
        wrong = bytearray(self.new.bytes(BOOT, 100, 50))
        wrong[7] ^= 1
        with self.assertRaises(WrongBytes) as caught:
            self.read(0, 100, 50, bytes(wrong))
        self.assertIn("1 wrong, the first at 107", caught.exception.where(bytes(wrong)))
        self.assertIn(WRONG, caught.exception.where(bytes(wrong)))

    def test_fewer_bytes_than_there_are(self) -> None:
        self.open(f"{NEW}/{BOOT}")
        for given in (self.new.bytes(BOOT, 100, 49), b""):
            with self.assertRaises(Difference):
                self.read(0, 100, 50, given)
        self.world.begin_fault(FaultOn("500", "data", 0), 90)
        self.read(0, 100, 50, self.new.bytes(BOOT, 100, 49))
        with self.assertRaises(Difference):
            self.read(0, 100, 50, b"")

    def test_errors_come_with_a_fault_and_shortly_after(self) -> None:
        self.open(f"{NEW}/{BOOT}")
        with self.assertRaises(Difference):
            self.read(0, 0, 50, "EIO")
        self.world.begin_fault(FaultOn("500", "data", 0), 90)
        self.read(0, 0, 50, "EIO")
        self.read(0, 0, 50, "ETIMEDOUT")
        with self.assertRaises(Difference):
            self.read(0, 0, 50, "EACCES")
        self.world.end_fault(100)
        self.read(0, 0, 50, "EIO", at=102)
        with self.assertRaises(Difference):
            self.read(0, 0, 50, "EIO", at=110)

    def test_a_read_must_end_in_time(self) -> None:
        self.open(f"{NEW}/{NEW}.zip")
        right = self.new.bytes(f"{NEW}.zip", 0, 50)
        self.world.begin_fault(FaultOn("stall:0", "data", 0), 90)
        self.read(0, 0, 50, right, seconds=2.9)
        with self.assertRaises(Difference):
            self.read(0, 0, 50, right, seconds=3.1)

    def test_an_open_file_stays_on_its_release(self) -> None:
        self.open(f"latest/{BOOT}")
        self.world.make_latest(OLD, 101)
        self.open(f"latest/{BOOT}", at=102, slot=1)
        self.assertEqual(self.world.handles[0].versions, {NEW})
        self.assertEqual(self.world.handles[1].versions, {NEW, OLD})
        self.read(1, 0, 50, self.old.bytes(BOOT, 0, 50))
        for slot, release in ((0, self.old), (1, self.new)):
            with self.assertRaises(WrongBytes):
                self.read(slot, 0, 50, release.bytes(BOOT, 0, 50))

    def test_a_killed_mount_gives_what_the_kernel_has(self) -> None:
        self.open(f"{NEW}/{BOOT}")
        self.world.kill()
        self.read(0, 0, 50, "ENOTCONN")
        self.read(0, 0, 50, self.new.bytes(BOOT, 0, 50))
        with self.assertRaises(Difference):
            self.read(0, 0, 50, "ENOENT")
        self.open(f"{NEW}/{BOOT}")
        with self.assertRaises(Difference):
            self.read(0, 0, 50, "ENOTCONN")

    def test_damage_that_only_a_whole_copy_can_show(self) -> None:
        self.open(f"{NEW}/{BOOT}")
        path = f"{NEW}/BL_{NEW}.tar.md5"
        right = self.new.bytes(f"BL_{NEW}.tar.md5", 0, 90_000)
        self.world.begin_fault(FaultOn("flip", "data", 1), 90)
        self.copy(path, b"", "EIO")
        self.copy(path, right)
        self.assertFalse(self.world.kept)
        with self.assertRaises(Difference):
            self.copy(path, b"x" * 90_000)
        self.read(0, 0, 50, b"x" * 50)
        self.copy(path, b"x" * 90_000)
        self.world.end_fault(100)
        self.world.empty()
        with self.assertRaises(Difference):
            self.copy(path, b"x" * 90_000, at=110)


class GivenTests(JudgeCase):
    """What was right in a mount, and comes damaged when it is fetched again."""

    def setUp(self) -> None:
        super().setUp()
        self.name = f"BL_{NEW}.tar.md5"
        self.path = f"{NEW}/{self.name}"
        self.right = self.new.bytes(self.name, 0, 90_000)

    def damage(self) -> None:
        self.world.begin_fault(FaultOn("flip", "data", 0), 100)

    def test_who_has_it_open_gets_the_same_or_an_error(self) -> None:
        self.open(self.path)
        self.copy(self.path, self.right)
        self.damage()
        for at in (101, 200):
            self.read(0, 10, 50, self.right[10:60], at=at)
            self.read(0, 10, 50, "EIO", at=at)
            with self.assertRaises(WrongBytes):
                self.read(0, 10, 50, b"x" * 50, at=at)
            self.world.end_fault(101)
        with self.assertRaises(Difference):
            self.read(0, 10, 50, "ETIMEDOUT", at=200)

    def test_no_page_of_it_is_wrong(self) -> None:
        self.open(self.path)
        self.copy(self.path, self.right)
        self.damage()
        self.copy(self.path, b"x" * 5000, "EIO")
        self.read(0, 10, 50, self.right[10:60])
        self.copy(f"{NEW}/{BOOT}", b"x" * 5000, "EIO")
        with self.assertRaises(Difference):
            self.copy(self.path, b"x" * 90_000)
        self.copy(self.path, self.right)

    def test_what_nobody_can_know(self) -> None:
        """Whether bytes are right of which not all had come before, in this mount and without damage."""
        boot = f"{NEW}/{BOOT}"
        self.open(boot, slot=0)
        self.copy(boot, self.new.bytes(BOOT, 0, 50_000))
        self.open(self.path, slot=1)
        self.damage()
        for slot in (0, 1):
            self.read(slot, 0, 50, b"x" * 50)

    def test_another_mount_knows_nothing(self) -> None:
        self.copy(self.path, self.right)
        self.world.remount(offline=False, lazy=False)
        self.open(self.path)
        self.damage()
        self.read(0, 0, 50, b"x" * 50)

    def test_who_has_opened_it_after_the_damage(self) -> None:
        self.copy(self.path, self.right)
        self.damage()
        self.open(self.path)
        self.damage()
        self.read(0, 0, 50, b"x" * 50)


class NameTests(JudgeCase):
    def test_what_is_there_and_what_is_not(self) -> None:
        self.stat(f"latest/{BOOT}")
        self.stat(f"latest/{BOOT}/x", "ENOTDIR")
        self.stat("latest/AP/none.bin", "ENOENT")
        self.stat("none", "ENOENT")
        for path, number in (
            (f"latest/{BOOT}", "ENOENT"), ("latest/AP/none.bin", None), ("none", "EIO"), (".", "ENOENT"),
        ):
            with self.assertRaises(Difference):
                self.stat(path, number)

    def test_attributes(self) -> None:
        for wrong in ({"size": 1}, {"mode": 0o644}, {"links": 2}, {"is_directory": True, "mode": 0o555}):
            with self.assertRaises(Difference):
                self.stat(f"latest/{BOOT}", **wrong)
        self.stat(f"{NEW}/{BOOT}", inode=5)
        with self.assertRaises(Difference):
            self.stat(f"{NEW}/{BOOT}", inode=6)

    def test_what_was_absent_is_believed_for_a_minute(self) -> None:
        path = f"latest/BL_{OLD}.tar.md5"
        self.stat(path, "ENOENT")
        self.world.make_latest(OLD, 101)
        self.stat(path, "ENOENT", at=150)
        with self.assertRaises(Difference):
            self.stat(path, "ENOENT", at=170)

    def test_a_listing_is_of_one_release(self) -> None:
        self.list(".", "latest", NEW, OLD)
        self.list("latest/BL", "sboot.bin")
        self.list("latest", *self.new.names(""))
        for path, names in (
            ("latest", self.old.names("")), ("latest/BL", {"sboot.bin", "x"}), ("latest/BL", set()), (".", {NEW, OLD}),
        ):
            with self.assertRaises(Difference):
                self.list(path, *names)
        with self.assertRaises(Difference):
            self.list("latest/BL", "sboot.bin", "sboot.bin")

    def test_a_listing_that_fails_has_no_wrong_names(self) -> None:
        self.world.begin_fault(FaultOn("reset", "data", 0), 90)
        self.list("latest/AP", "boot.img", number="EIO")
        with self.assertRaises(Difference):
            self.list("latest/AP", "root.img", number="EIO")

    def test_the_latest_changes_after_a_while(self) -> None:
        self.world.make_latest(OLD, 100)
        self.assertEqual(self.world.latest(101, 101), {NEW, OLD})
        self.assertEqual(self.world.latest(110, 110), {OLD})
        self.world.begin_fault(FaultOn("500", "history", 0), 108)
        self.assertEqual(self.world.latest(110, 110), {NEW, OLD})
        self.world.end_fault(109)
        self.assertEqual(self.world.latest(111, 111), {NEW, OLD})
        self.assertEqual(self.world.latest(130, 130), {OLD})


class OfflineTests(JudgeCase):
    def test_what_was_copied_is_there(self) -> None:
        path = f"{NEW}/{BOOT}"
        self.copy(path, self.new.bytes(BOOT, 0, 50_000))
        self.world.remount(offline=True, lazy=False)
        self.stat(f"{NEW}/BL/sboot.bin", "ENETUNREACH")
        self.open(path)
        for call in (lambda: self.stat(path, "ENETUNREACH"), lambda: self.read(0, 0, 5, "ENETUNREACH")):
            with self.assertRaises(Difference):
                call()
        self.world.lose()
        self.stat(path, "ENETUNREACH")

    def test_no_server_is_waited_for(self) -> None:
        self.world.begin_fault(FaultOn("stall:0", "data", 0), 90)
        self.world.remount(offline=True, lazy=False)
        self.stat(f"latest/{BOOT}", "ENETUNREACH", seconds=1.9)
        for number, seconds in (("ETIMEDOUT", 0.1), ("ENETUNREACH", 2.1)):
            with self.assertRaises(Difference):
                self.stat(f"latest/{BOOT}", number, seconds=seconds)

    def test_what_is_not_kept(self) -> None:
        path = f"{NEW}/{BOOT}"
        for lose in (self.world.kill, self.world.lose, lambda: self.world.remount(False, True)):
            self.world.remount(offline=False, lazy=False)
            self.copy(path, self.new.bytes(BOOT, 0, 50_000))
            self.assertTrue(self.world.kept)
            lose()
            self.assertFalse(self.world.kept)


class InterruptTests(JudgeCase):
    def interrupted(self, status: int, given: bytes = b"", said: str = "", seconds: float = 0.1) -> None:
        answer = {"status": status, "bytes": given, "said": said, "seconds": seconds}
        self.judge.interrupted(Interrupt(f"{NEW}/{BOOT}", 2, False, "INT"), answer, 100, 101)

    def test_how_it_may_end(self) -> None:
        self.interrupted(-2)
        self.interrupted(0, self.new.bytes(BOOT, 8192, 4096))
        self.interrupted(1, said="Connection timed out")
        for status, given, said, seconds in (
            (0, b"x" * 4096, "", 0.1), (-2, b"", "", 3.5), (1, b"", "No such file or directory", 0.1),
            (1, b"", "what", 0.1),
        ):
            with self.assertRaises(Difference):
                self.interrupted(status, given, said, seconds)


class WorkerTests(JudgeCase):
    def test_it_tells_what_is_there(self) -> None:
        worker, path = Worker(), str(self.new.folder / BOOT)
        found = worker.answer({"do": "stat", "path": path})
        self.assertEqual((found["errno"], found["size"], found["is_directory"]), (None, 50_000, False))
        self.assertEqual(worker.answer({"do": "stat", "path": path + "x"})["errno"], "ENOENT")
        self.assertEqual(worker.answer({"do": "list", "path": path})["errno"], "ENOTDIR")
        self.assertEqual(worker.answer({"do": "open_file", "slot": 1, "path": path, "direct": False})["size"], 50_000)
        for offset, count in ((10, 100), (49_990, 100), (60_000, 5), (5, 0)):
            found = worker.answer({"do": "read", "slot": 1, "offset": offset, "count": count})
            right = self.new.bytes(BOOT, offset, count)
            self.assertEqual(found["count"], len(right))
            self.assertEqual(found["sha256"], hashlib.sha256(right).hexdigest())
        found = worker.answer({"do": "copy", "path": path, "patience": 5.0})
        self.assertEqual((found["complete"], found["sha256"]), (True, self.new.files[BOOT].sha256))
        self.assertIsNone(worker.answer({"do": "drop_pages", "slot": 1})["errno"])
        self.assertIsNone(worker.answer({"do": "close_all"})["errno"])


class CorruptionTests(unittest.TestCase):
    def test_one_bit_of_a_row(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            database = sqlite3.connect(folder / "blocks.sqlite")
            database.execute("CREATE TABLE block(key INTEGER PRIMARY KEY, checksums BLOB)")
            database.executemany("INSERT INTO block VALUES(?, ?)", [(number, bytes(8)) for number in range(5)])
            database.commit()
            self.assertEqual(corruption.corrupt(folder, "block", 2, 3), 2)
            rows = [row[0] for row in database.execute("SELECT checksums FROM block")]
            database.close()
            self.assertEqual(sorted(sum(byte.bit_count() for byte in row) for row in rows), [0, 0, 0, 1, 1])
            (folder / "blocks.data").write_bytes(bytes(100))
            self.assertEqual(corruption.corrupt(folder, corruption.DATA, 1, 4), 1)
            self.assertEqual(sum(byte.bit_count() for byte in (folder / "blocks.data").read_bytes()), 1)


if __name__ == "__main__":
    unittest.main()
