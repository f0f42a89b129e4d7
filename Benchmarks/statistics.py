"""Medians, spreads and ratios."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """Several rounds in three numbers."""

    median: float
    least: float
    most: float


def summary(values: Sequence[float]) -> Summary | None:
    """Nothing where there are no values."""
    if not values:
        return None
    return Summary(statistics.median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that is not less than `share` per cent of all (the nearest rank)."""
    if not values:
        raise ValueError("there are no values")
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]


def ratios(values: Mapping[int, float], references: Mapping[int, float]) -> list[float]:
    """Each round's value over the same round's reference: what the machine does to a round, it does to both."""
    return [values[each] / references[each] for each in sorted(values) if references.get(each)]


def distribution(values: Sequence[float]) -> list[tuple[float, float]]:
    """Each value, in order, with the share of all that are not more."""
    ordered = sorted(values)
    return [(value, (place + 1) / len(ordered)) for place, value in enumerate(ordered)]
