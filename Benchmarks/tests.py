"""What the page's figures rest on: `python3 -m unittest Benchmarks.tests`."""

import contextlib
import dataclasses
import io
import json
import os
import struct
import tempfile
import unittest
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from xml.etree import ElementTree

from . import (
    bars, cold_rows, crowd, explained, machine, page, plots, profile, reader, release, scale_rows, tables, targets,
    tree_rows, warm_rows,
)
from .measurement import Case, Measurement, Outcome, Results, Row
from .rounds import expected, turns
from .settings import FAR, NEAR, UNSHAPED, Settings
from .statistics import Summary, distribution, percentile, ratios, summary


def results(*measurements: Measurement) -> Results:
    settings = {"quick": True, "size": 256, "rounds": 2, "connections": 8, "random_reads": 12,
                "indexed_reads": 100, "patience": 2.5, "many_releases": 500, "program": "p"}
    sizes = {"package": 1, "member": 1, "member_deflated": 1, "boot_end": 1, "far_package": 1}
    return Results(settings, {"cores": "2"}, {"fusfs": "1"}, {"fusfs": "fusfs M"}, sizes, list(measurements))


def of_sizes(*measurements: Measurement) -> Results:
    found = results(*measurements)
    found.machine["load before"] = "0.1"
    return dataclasses.replace(
        found, release={}, settings=found.settings | {"sizes": [1024, 10240], "small_cache": 2048, "needed": 52000})


def measured(row: str, contender: str, number: int, variant: str = "", **values: float) -> Measurement:
    return Measurement(row, UNSHAPED.name, variant, contender, number, values, {})


class StatisticsTests(unittest.TestCase):
    def test_summary(self) -> None:
        self.assertEqual(summary([3, 1, 2]), Summary(2, 1, 3))
        self.assertEqual(summary([4, 1, 2, 3]), Summary(2.5, 1, 4))
        self.assertIsNone(summary([]))

    def test_percentile_is_the_nearest_rank(self) -> None:
        values = [float(value) for value in range(100, 0, -1)]
        self.assertEqual([percentile(values, share) for share in (0, 50, 99, 100)], [1, 50, 99, 100])
        self.assertEqual(percentile([7], 50), 7)
        with self.assertRaises(ValueError):
            percentile([], 50)

    def test_ratios_are_taken_within_a_round(self) -> None:
        self.assertEqual(ratios({0: 2, 1: 9, 2: 5}, {0: 4, 1: 3, 3: 1}), [0.5, 3])
        self.assertEqual(ratios({0: 2}, {0: 0}), [])

    def test_distribution(self) -> None:
        self.assertEqual(distribution([3, 1]), [(1, 0.5), (3, 1.0)])


class PlotTests(unittest.TestCase):
    def test_ticks_are_round_and_enclose(self) -> None:
        self.assertEqual(plots.ticks(0, 10), [0, 2, 4, 6, 8, 10])
        self.assertEqual(plots.ticks(0, 163), [0, 50, 100, 150, 200])
        self.assertEqual(plots.ticks(3, 45, True), [2, 5, 10, 20, 50])
        for most in (1e-3, 0.7, 1, 3, 99, 12345):
            marks = plots.ticks(0, most)
            self.assertTrue(marks[0] <= 0 and marks[-1] >= most and 2 <= len(marks) <= 9, marks)

    def test_shares(self) -> None:
        self.assertEqual(plots.linear_share(5, 0, 10), 0.5)
        self.assertAlmostEqual(plots.logarithmic_share(10, 1, 100), 0.5)
        self.assertEqual(plots.logarithmic_share(0, 1, 100), 0)

    def test_a_plot_is_xml_with_each_line_in_it(self) -> None:
        lines = [plots.Line("a < b", [(1, 1), (2, 4)]), plots.Line("steps", [(1, 2), (3, 3)], True)]
        drawn = plots.plot("T", plots.Axis("x"), plots.Axis("y"), lines)
        texts = [element.text for element in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("a < b", texts)
        self.assertIn("steps", texts)
        # The vertical axis has twice the first line's lower value on half of its height.
        self.assertIn(f"L{(72 + 2 * (570 - 72) / 3):.1f}", drawn)
        with self.assertRaises(ValueError):
            plots.plot("T", plots.Axis("x"), plots.Axis("y"), [plots.Line("none", [])])

    def test_bars_are_xml(self) -> None:
        drawn = ElementTree.fromstring(bars.bars("T", "u", [("a", 1), ("b", 90)]))
        widths = [float(each.attrib["width"]) for each in drawn.iter("{http://www.w3.org/2000/svg}rect")]
        self.assertEqual(widths[0], 1)
        self.assertGreater(widths[1], 400)


class MeasureTests(unittest.TestCase):
    def test_places_are_apart_and_inside(self) -> None:
        size, number, length = 10_000_001, 40, 128 * 1024
        found = sorted(reader.places(size, number, length))
        self.assertEqual(len(found), number)
        self.assertTrue(all(place % 4096 == 0 for place in found))
        self.assertTrue(all(one + length <= other for one, other in zip(found, [*found[1:], size])))
        with self.assertRaises(ValueError):
            reader.places(number * length, number, length)

    def test_the_reader_stops_where_it_is_told(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            Path(path).write_bytes(bytes(3 << 20))
            self.assertEqual(reader.sequential(path)["bytes"], 3 << 20)
            self.assertEqual(reader.sequential(path, 1_500_000)["bytes"], 1_500_000)
            self.assertEqual(reader.output(["head", "-c", "5", path])["bytes"], 5)

    def test_parts_are_timed_and_copied(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path, target = os.path.join(folder, "file"), os.path.join(folder, "copy")
            Path(path).write_bytes(os.urandom(5_000_000))
            found = reader.parts(path, 2_000_000, target)
            self.assertEqual([size for size, _ in found["each"]], [2_000_000, 2_000_000, 1_000_000])
            self.assertEqual([size for size, _ in reader.parts(path, 2_500_000)["each"]], [2_500_000, 2_500_000])
            self.assertEqual(Path(target).read_bytes(), Path(path).read_bytes())

    def test_the_first_and_the_last_part_of_a_copy(self) -> None:
        each = [(100, 1), (100, 2), (100, 5), (50, 3), (50, 7)]
        found = scale_rows.part_values({"bytes": 400, "seconds": 18, "each": each}, 200)
        self.assertAlmostEqual(found["first_mb_s"], 200 / 3 / 1e6)
        self.assertAlmostEqual(found["last_over_first"], (200 / 15) / (200 / 3))
        self.assertEqual(set(scale_rows.part_values({"bytes": 399, "seconds": 18, "each": each}, 200)), {"mb_s"})

    def test_a_crowd_reads_all_files(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, size in (("a", 10), ("b", 300_000), ("empty", 0)):
                Path(folder, name).write_bytes(bytes(size))
            found = crowd.reads(folder, 3, 4096, 0.05)
            self.assertEqual(found["files"], 2)
            self.assertEqual(found["count"], len(found["each"]))
            names = Path(folder, "names")
            names.write_text(f"{folder}/a\n{folder}/b\n")
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                self.assertEqual(crowd.main(["once", str(names), "2"]), 0)
            self.assertEqual(json.loads(printed.getvalue())["count"], 2)

    def test_a_member_as_gzip(self) -> None:
        content = bytes(range(256)) * 5000
        with tempfile.TemporaryDirectory() as folder:
            archive, gzip = Path(folder, "a.zip"), Path(folder, "a.gz")
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
                made.writestr("small", b"x")
                made.writestr("large", content)
            member = release.largest_member(archive)
            release.write_as_gzip(archive, member, gzip)
            written = gzip.read_bytes()
        self.assertEqual(member.filename, "large")
        self.assertEqual(zlib.decompress(written, wbits=31), content)
        self.assertEqual(struct.unpack("<I", written[-4:])[0], len(content))

    def test_on_the_far_link_a_package_of_its_own_is_read_whole(self) -> None:
        far = SimpleNamespace(emulator=SimpleNamespace(size=5, served=Path("far")))
        stage = SimpleNamespace(
            far=far, settings=Settings(False, 1024, 1), emulator=SimpleNamespace(size=9, served=Path("near")))
        with mock.patch.object(cold_rows.curl, "in_parts", return_value=1.0) as fetch, \
                mock.patch.object(cold_rows, "write_free_memory"), \
                mock.patch.object(cold_rows, "read_through") as brought:
            found = [cold_rows.sequential(stage, Case(link, "curl")) for link in (NEAR, FAR)]
        self.assertEqual([each.args for each in fetch.call_args_list], [(stage, 9, 8), (far, 5, 8)])
        brought.assert_called_once_with(Path("far"))
        self.assertAlmostEqual(found[1].values["share"], 5 / (8 * 3e6))

    def test_memory_is_filled_until_little_is_free(self) -> None:
        free = iter((10_000, 9_000, 100))
        with tempfile.TemporaryDirectory() as folder, \
                mock.patch.object(machine, "_memory", side_effect=lambda name: next(free) if name == "MemFree" else 64):
            with machine.full_memory(Path(folder)):
                self.assertIsNone(next(free, None))
                self.assertEqual(list(Path(folder).iterdir()), [])

    def test_a_warm_package_starts_in_memory_and_on_the_disk(self) -> None:
        stage = SimpleNamespace(archive=Path("package"), package_size=4)
        done = {"bytes": 4e6, "seconds": 2}
        with mock.patch.object(warm_rows, "drop_caches") as dropped, \
                mock.patch.object(warm_rows, "write_free_memory"), \
                mock.patch.object(warm_rows, "read", return_value=done), \
                mock.patch.object(Path, "is_file", return_value=True), \
                mock.patch.object(warm_rows, "read_through") as brought:
            for variant, times in ((warm_rows.ON_DISK, 0), (warm_rows.IN_MEMORY, 1)):
                found = warm_rows.sequential(stage, Case(UNSHAPED, "local", variant))
                self.assertEqual((found, brought.call_count), (Outcome({"mb_s": 2}), times))
        self.assertEqual(dropped.call_count, 2)

    def test_each_round_begins_with_another(self) -> None:
        row = Row("r", (NEAR,), ("a", "b", "c"), cold_rows.copy)
        self.assertEqual([turns(row, number)[0].contender for number in range(4)], ["a", "b", "c", "a"])
        row = dataclasses.replace(row, variants=("all", "one"), only={"one": ("c",)})
        self.assertEqual([case.contender for case in turns(row, 1)], ["b", "c", "a", "c"])

    def test_what_is_left_is_expected_to_take_what_it_took(self) -> None:
        took = dataclasses.replace(measured("copy", "fusfs", 0), took=2.5)
        left = [dataclasses.replace(took, round=number).key for number in (1, 2)]
        self.assertEqual(expected([took], [*left, measured("warm", "fusfs", 0).key]), (5, 1))

    def test_a_run_is_gone_on_with_only_if_it_is_the_same(self) -> None:
        earlier = results(measured("copy", "fusfs", 0, mb_s=1))
        more = dataclasses.replace(results(), settings=earlier.settings | {"rounds": 9})
        self.assertEqual(more.resumed(earlier).measurements, earlier.measurements)
        with self.assertRaises(ValueError):
            dataclasses.replace(results(), settings=earlier.settings | {"program": "q"}).resumed(earlier)


class VerdictTests(unittest.TestCase):
    def test_what_is_missed_says_by_how_much(self) -> None:
        found = targets.verdicts(results(
            measured("copy", "fusfs", 0, mb_s=300), measured("copy", "curl", 0, mb_s=500),
            measured("copy", "fusfs", 1, mb_s=50), measured("copy", "curl", 1, mb_s=100),
            measured("ready", "fusfs", 0, "empty", ms=20, peak_mib=300),
        ))
        copy = next(each for each in found if each.work.startswith("copy"))
        self.assertEqual((copy.reached.median, copy.is_met, copy.shortfall), (0.55, False, "31 %"))
        ready = next(each for each in found if each.work == "mount to ready")
        self.assertTrue(ready.is_met and ready.place == "empty")
        self.assertEqual([each.shortfall for each in found[-2:]], ["17 %", ""])

    def test_every_target_is_of_a_row_that_has_a_table(self) -> None:
        names = {row.name for row in cold_rows.rows(False) + warm_rows.rows(False) + tree_rows.rows()}
        self.assertEqual({target.row for target in targets.TARGETS} - names, set())
        self.assertEqual({table.row for table in tables.TABLES}, names)
        names = {row.name for row in scale_rows.rows(Settings(False, 1024, 1))}
        self.assertEqual({target.row for target in targets.SCALE_TARGETS} - names, set())
        self.assertEqual({table.row for table in tables.SCALE_TABLES}, names)

    def test_each_variant_is_held_against_the_null_file_system_in_it(self) -> None:
        found = targets.verdicts(results(
            measured("warm", "fusfs", 0, "in memory", mb_s=80), measured("warm", "null", 0, "in memory", mb_s=100),
            measured("warm", "fusfs", 0, "on disk", mb_s=60), measured("warm", "null", 0, "on disk", mb_s=120)))
        self.assertEqual([(each.place, each.reached.median, each.is_met) for each in found],
                         [("in memory", 0.8, True), ("on disk", 0.5, False)])

    def test_what_was_not_measured_is_not_left_out(self) -> None:
        found = targets.verdicts(dataclasses.replace(results(), settings={"rows": ["copy"]}))
        self.assertEqual([(each.work, each.is_met, each.shortfall) for each in found],
                         [("copy to disk, cold", False, "not measured")])

    def test_sizes_are_held_against_the_first(self) -> None:
        found = targets.verdicts(of_sizes(
            measured("scale-copy", "fusfs", 0, "1 GiB", mb_s=100, cpu_s_gib=2, peak_mib=90),
            measured("scale-copy", "fusfs", 0, "10 GiB", mb_s=100, cpu_s_gib=3, last_over_first=0.8),
            measured("scale-copy", "fusfs", 0, "10 GiB, small cache", mb_s=95, cpu_s_gib=9, last_over_first=0.95),
            measured("crowd", "fusfs", 0, "64", peak_mib=150, limit_mib=128),
        ))
        self.assertEqual(
            [(each.place, each.reached.median, each.is_met) for each in found if each.work.startswith("cold copy")],
            [("10 GiB", 0.8, False), ("10 GiB, small cache", 0.95, True), ("10 GiB, small cache", 0.95, True),
             ("10 GiB", 1.5, False)])
        self.assertEqual([each.shortfall for each in found[-3:]], ["", "", "17 %"])

    def test_the_page_leaves_nothing_out(self) -> None:
        failed = dataclasses.replace(measured("copy", "rclone", 0), failure="rclone failed")
        found = results(measured("copy", "fusfs", 0, mb_s=300), measured("copy", "curl", 0, mb_s=500), failed)
        sizes = of_sizes(measured("scale-warm", "fusfs", 0, "1 GiB", mb_s=5))
        with tempfile.TemporaryDirectory() as folder:
            text = page.write([found, sizes], Path(folder), Path(folder, "none")).read_text()
            path = Path(folder, "results.json")
            found.write(path)
            self.assertEqual(Results.read(path), found)
        self.assertIn("✗ 25 %", text)
        self.assertIn("| unshaped | rclone | failed |", text)
        self.assertIn("- rclone, copy, unshaped: rclone failed", text)
        self.assertIn("| unshaped | 1 GiB | fusfs | 5 |", text)


class ExplanationTests(unittest.TestCase):
    def test_samples_are_of_the_innermost_part(self) -> None:
        text = """\
        ffffffff81 _copy_to_iter+0x10 ([kernel.kallsyms])
        ffffffff82 filemap_read ([kernel.kallsyms])

        ffffffff83 folio_wait ([kernel.kallsyms])
        ffffffff84 fuse_dev_do_write ([kernel.kallsyms])
            7f00aa writev (/usr/lib/x86_64-linux-gnu/libc.so.6)

            7f00ab crc32_gzip_refl_by8_02 (/usr/lib/x86_64-linux-gnu/libisal.so.2.0.30)

            7f00ac [unknown] (/usr/lib/x86_64-linux-gnu/libcrypto.so.3)

            55aa01 $s9FUSFSCore5BlockV4readyyF (/opt/fusfs)
"""
        found = profile.shares(text.splitlines(keepends=True))
        parts = (profile.COPIES_KERNEL, profile.FUSE, profile.CRC, profile.AES, profile.OWN)
        self.assertEqual(found, {"samples": 5, "parts": {name: 0.2 for name in profile.PARTS if name in parts}})

    def test_a_missed_row_says_what_stops_it(self) -> None:
        found = targets.verdicts(results(
            measured("ready", "fusfs", 0, "empty", ms=20), measured("ready", "fusfs", 0, "filled", ms=90)))
        known = [explained.Limit("mount to ready", "SQLite opens it.", "filled")]
        self.assertEqual([explained.stopped_by(each, known) for each in found], ["", "SQLite opens it."])
        self.assertEqual(explained.stopped_by(found[1], []), explained.NOT_KNOWN)

    def test_every_limit_is_of_a_target(self) -> None:
        works = {target.work for target in targets.TARGETS + targets.SCALE_TARGETS} | set(targets.MEMORY_WORKS)
        self.assertEqual({each.work for each in explained.limits()} - works, set())


if __name__ == "__main__":
    unittest.main()
