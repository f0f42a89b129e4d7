"""Which plots the page shows, drawn from the results."""

import statistics
from collections.abc import Iterable

from .bars import bars
from .measurement import Results
from .plots import Axis, Line, plot
from .settings import NEAR, size_title
from .statistics import distribution, summary

NAMES = {
    "rclone": "rclone", "rclone-full": "rclone, full cache", "httpdirfs": "httpdirfs",
    "httpdirfs-cache": "httpdirfs --cache", "null": "null file system", "local": "local file",
    "fusfs-one": "one release", "fusfs-empty": "empty", "igzip": "igzip -dc",
    "igzip-null": "igzip -dc >/dev/null", "asgard": "asgard-fus",
}


def title(contender: str) -> str:
    """A contender's name for people."""
    return NAMES.get(contender, contender)


def _contenders(results: Results, row: str) -> Iterable[str]:
    """Those of a row, fusfs first."""
    return dict.fromkeys(["fusfs", *(each.contender for each in results.of(row))])


def throughput(results: Results) -> str:
    """MB/s over the number of connections, with what the link allows."""
    counts = sorted({int(each.variant) for each in results.of("sweep")})
    lines = []
    for contender in _contenders(results, "sweep"):
        points = []
        for count in counts:
            values = results.by_round("sweep", NEAR.name, str(count), contender, "mb_s").values()
            if found := summary(list(values)):
                points.append((float(count), found.median))
        lines.append(Line(title(contender), points))
    lines.append(Line("the link", [(float(count), count * (NEAR.rate or 0) / 1e6) for count in counts]))
    return plot(
        f"Cold sequential read: {NEAR.title}", Axis("connections", is_logarithmic=True), Axis("MB/s"), lines,
        marks=[float(count) for count in counts],
    )


def latency(results: Results) -> str:
    """How many of the cold random reads have come back after how long."""
    lines = []
    for contender in _contenders(results, "random"):
        each = [
            value for found in results.of("random", NEAR.name) if found.contender == contender
            for value in found.series.get("each_ms", [])
        ]
        lines.append(Line(title(contender), distribution(each), is_stepped=True))
    return plot(
        f"Random 128 KiB, cold: {NEAR.title}", Axis("ms", is_logarithmic=True), Axis("share of the reads"), lines
    )


def fetched(results: Results) -> str:
    """Bytes that the server sent over bytes that were read at random."""
    values = []
    for contender in _contenders(results, "random"):
        rounds = results.by_round("random", NEAR.name, "", contender, "fetched").values()
        if found := summary(list(rounds)):
            values.append((title(contender), found.median))
    return bars(f"Random 128 KiB, cold: {NEAR.title}", "bytes fetched over bytes read", values)


def memory(results: Results) -> str:
    """Resident memory of fusfs during each round's cold copy."""
    lines = [
        Line(f"round {each.round + 1}", [(seconds, mebibytes) for seconds, mebibytes in each.series["memory"]])
        for each in results.of("copy") if each.series.get("memory")
    ]
    return plot("Resident memory of fusfs while the package is copied, cold", Axis("seconds"), Axis("MiB"), lines)


def large_copies(results: Results) -> str:
    """Throughput of fusfs in each part of the copies of the largest package."""
    largest = size_title(results.settings["sizes"][-1])
    lines = []
    for variant in dict.fromkeys(each.variant for each in results.of("scale-copy")):
        rounds = [
            each.series["parts"] for each in results.of("scale-copy", None, variant) if "parts" in each.series]
        if variant.startswith(largest) and rounds:
            points, end = [], 0.0
            for part in zip(*rounds):
                end += part[0][0]
                points.append((end / 2**30, statistics.median(size / took / 1e6 for size, took in part)))
            lines.append(Line(variant, points))
    return plot(f"Cold copies of {largest}, unshaped", Axis("GiB"), Axis("MB/s"), lines)


def large_memory(results: Results) -> str:
    """Resident memory of fusfs during the copies of the largest package."""
    largest = size_title(results.settings["sizes"][-1])
    lines = [
        Line(each.variant, [(seconds, mebibytes) for seconds, mebibytes in each.series["memory"]])
        for each in results.of("scale-copy")
        if each.round == 0 and each.variant.startswith(largest) and each.series.get("memory")
    ]
    return plot(f"Resident memory of fusfs, cold copies of {largest}", Axis("seconds"), Axis("MiB"), lines)


FIGURES = {"throughput": throughput, "latency": latency, "fetched": fetched, "memory": memory}
"""By the name of the file."""
SCALE_FIGURES = {"large-copies": large_copies, "large-memory": large_memory}
"""Those of a run of several sizes."""
