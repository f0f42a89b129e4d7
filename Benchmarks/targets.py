"""What fusfs must reach, and whether it does."""

from collections.abc import Callable
from dataclasses import dataclass

from .measurement import Results
from .settings import LINKS, MEMORY, MEMORY_MARGIN, size_title
from .statistics import Summary, ratios, summary

FIRST = "first"
"""The reference of a target is the row's first variant, such as the smallest size."""
WHOLE = "whole"
"""The reference of a target is the variant without what is said behind its comma."""


def _anywhere(_: Results, variant: str) -> bool:
    return True


def _where_plain(_: Results, variant: str) -> bool:
    """In a size alone, with nothing said behind a comma."""
    return ", " not in variant


def _where_largest(results: Results, variant: str) -> bool:
    """In the largest size, whatever is said behind a comma."""
    return variant.partition(", ")[0] == size_title(results.settings["sizes"][-1])


def _where_cache_is_small(_: Results, variant: str) -> bool:
    return variant.endswith(", small cache")


def _where_kernel_has_all(_: Results, variant: str) -> bool:
    return "once" not in variant


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
    reference_variant: str = ""
    """The variant whose value of the same round it is divided by: FIRST or WHOLE. It has no bound itself."""
    holds: Callable[[Results, str], bool] = _anywhere
    """Whether there is a bound in a variant."""


_FLAT = "× at the first"

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
    Target("`boot.img`, cold: fetched", "boot", "over_allowed", 1, False,
           "× (1.1 × what lies before its end + 2 MiB)"),
    Target("mount to ready", "ready", "ms", 50, False, "ms", digits=0),
    Target("many releases in the cache: mount", "releases", "mount_ms", 1.5, False, "× empty", "fusfs-empty"),
    Target("many releases in the cache: `ls` of the root", "releases", "ls_ms", 1.5, False, "× empty", "fusfs-empty"),
    Target("many releases in the cache: lookup of one", "releases", "lookup_ms", 1.5, False, "× one release",
           "fusfs-one"),
    Target("attributes that the kernel has", "attributes", "per_second", 100_000, True, "a second", digits=0,
           holds=_where_kernel_has_all),
]

SCALE_TARGETS = [
    Target("cold copy: last part over first", "scale-copy", "last_over_first", 0.9, True, "× first",
           holds=_where_largest),
    Target("cold copy larger than the cache", "scale-copy", "mb_s", 0.9, True, "× with a large cache",
           reference_variant=WHOLE, holds=_where_cache_is_small),
    Target("cold copy: processor time per byte", "scale-copy", "cpu_s_gib", 1.1, False, _FLAT,
           reference_variant=FIRST, holds=_where_plain),
    Target("sequential, warm: processor time per byte", "scale-warm", "cpu_s_gib", 1.1, False, _FLAT,
           reference_variant=FIRST),
    Target("mount to ready, the cache full", "scale-small", "ready_ms", 50, False, "ms", digits=0),
    Target("random 4 KiB, warm: processor time per byte", "scale-small", "cpu_s_gib", 1.1, False, _FLAT,
           reference_variant=FIRST),
    Target("random 128 KiB in an indexed member: median", "scale-indexed", "p50_ms", 5, False, "ms"),
    Target("random 128 KiB in an indexed member: processor time", "scale-indexed", "cpu_ms", 1.1, False, _FLAT,
           reference_variant=FIRST),
    Target("readers: processor time per byte", "scale-readers", "cpu_s_gib", 1.1, False, _FLAT,
           reference_variant=FIRST),
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


def _reached(target: Target, results: Results, link: str, variant: str, first: str) -> list[float]:
    values = results.by_round(target.row, link, variant, "fusfs", target.quantity)
    if not target.reference and not target.reference_variant:
        return list(values.values())
    other = {"": variant, FIRST: first, WHOLE: variant.partition(", ")[0]}[target.reference_variant]
    contender = target.reference or "fusfs"
    return ratios(values, results.by_round(target.row, link, other, contender, target.quantity))


def _work(targets: list[Target], results: Results) -> list[Verdict]:
    found = []
    for target in targets:
        places = _places(results, target.row)
        if not places and target.row in results.settings.get("rows", []):
            found.append(_verdict(target, "–", []))  # The run ended before.
        for link, variant in places:
            is_reference = target.reference_variant == FIRST and variant == places[0][1]
            if target.holds(results, variant) and not is_reference:
                title = LINKS[link].title if LINKS[link].latency else ""
                place = ", ".join(filter(None, (title, variant)))
                reached = _reached(target, results, link, variant, places[0][1])
                found.append(_verdict(target, place or "–", reached))
    return found


MEMORY_WORKS = ("resident memory, the worst", "resident memory, the worst: `--memory` + 64 MiB")


def _memory(results: Results) -> list[Verdict]:
    """The most that the daemon has ever had, under each limit that it was given."""
    peaks: dict[float, float] = {}
    for each in results.of_any():
        if peak := each.values.get("peak_mib"):
            limit = each.values.get("limit_mib", MEMORY + MEMORY_MARGIN)
            peaks[limit] = max(peak, peaks.get(limit, 0))
    found = []
    for limit, peak in sorted(peaks.items(), reverse=True):
        memory = limit - MEMORY_MARGIN
        place = f"all rows with `--memory {memory:.0f}M`"
        bounds = [(MEMORY_WORKS[1], limit)]
        if memory == MEMORY:
            bounds.insert(0, (MEMORY_WORKS[0], memory))
        for work, bound in bounds:
            found.append(_verdict(Target(work, "", "peak_mib", bound, False, "MiB", digits=0), place, [peak]))
    return found


def verdicts(results: Results) -> list[Verdict]:
    """All of a run's table, those of memory at its end."""
    is_scale = "sizes" in results.settings
    return _work(SCALE_TARGETS if is_scale else TARGETS, results) + _memory(results)
