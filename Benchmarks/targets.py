"""What fusfs must reach, and whether it does."""

from dataclasses import dataclass

from .measurement import Results
from .settings import LINKS
from .statistics import Summary, ratios, summary

MEMORY = 256.0
"""MiB that fusfs may have by default, and what `--memory` is by default."""
MARGIN = 64.0
"""MiB that any load may take beyond `--memory`."""


@dataclass(frozen=True)
class Target:
    """A bound for a quantity of a row, on each link and in each variant in which it was measured."""

    work: str
    row: str
    quantity: str
    bound: float
    at_least: bool
    unit: str
    reference: str = ""
    """The contender whose value of the same round it is divided by."""
    digits: int = 2


TARGETS = [
    Target("first 4 KiB of a listed release", "first", "round_trips", 1.3, False, "round trips"),
    Target("sequential, cold", "sequential", "share", 0.9, True, "× connections × rate"),
    Target("copy to disk, cold", "copy", "mb_s", 0.8, True, "× curl", "curl"),
    Target("random 128 KiB, cold: fetched", "random", "fetched", 4, False, "× useful"),
    Target("random 128 KiB, cold: mean", "random", "round_trips", 2, False, "round trips"),
    Target("sequential, warm", "warm", "mb_s", 0.7, True, "× null file system", "null"),
    Target("random 4 KiB, warm", "small", "iops", 0.7, True, "× null file system", "null"),
    Target("deflated member, warm, sequential", "member", "mb_s", 0.9, True, "× `igzip -dc`", "igzip"),
    Target("random 128 KiB in an indexed member: median", "indexed", "p50_ms", 5, False, "ms"),
    Target("`boot.img`, cold: fetched", "boot", "over_allowed", 1, False, "× (1.1 × what lies before its end + 2 MiB)"),
    Target("mount to ready", "ready", "ms", 50, False, "ms", digits=0),
]


@dataclass(frozen=True)
class Verdict:
    """How a target was met in one place."""

    work: str
    place: str
    """The link and the variant, in words."""
    bound: str
    reached: Summary | None
    unit: str
    digits: int
    is_met: bool
    shortfall: str
    """By how much it was missed; empty where it was met."""


def _verdict(target: Target, place: str, values: list[float]) -> Verdict:
    reached = summary(values)
    bound = f"{'≥' if target.at_least else '≤'} {target.bound:g} {target.unit}"
    is_met, shortfall = False, "not measured"
    if reached:
        over = reached.median / target.bound
        is_met = over >= 1 if target.at_least else over <= 1
        shortfall = "" if is_met else f"{abs(over - 1) * 100:.0f} %"
    return Verdict(target.work, place, bound, reached, target.unit, target.digits, is_met, shortfall)


def _places(results: Results, row: str) -> list[tuple[str, str]]:
    """The links and variants in which a row was tried, in the order in which they came."""
    return list(dict.fromkeys((each.link, each.variant) for each in results.measurements if each.row == row))


def verdicts(results: Results) -> list[Verdict]:
    """All of the table, those of memory at its end."""
    found = []
    for target in TARGETS:
        for link, variant in _places(results, target.row):
            values = results.by_round(target.row, link, variant, "fusfs", target.quantity)
            reached = list(values.values())
            if target.reference:
                references = results.by_round(target.row, link, variant, target.reference, target.quantity)
                reached = ratios(values, references)
            title = LINKS[link].title if LINKS[link].latency else ""
            place = ", ".join(filter(None, (title, variant)))
            found.append(_verdict(target, place or "–", reached))
    peaks = [peak for each in results.of_any() if (peak := each.values.get("peak_mib"))]
    worst = [max(peaks)] if peaks else []
    for work, bound in (
        ("resident memory, the worst of all rows", MEMORY),
        ("the same, as a limit: `--memory` + 64 MiB", MEMORY + MARGIN),
    ):
        found.append(_verdict(Target(work, "", "peak_mib", bound, False, "MiB", digits=0), "all", worst))
    return found
