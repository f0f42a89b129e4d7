"""Takes turns: every round measures every contender once, so that what the machine does meanwhile hits them alike."""

import sys
import time
from collections.abc import Callable, Iterable

from .machine import read_through
from .measurement import Case, Measurement, Results, Row
from .processes import BenchError
from .stage import Served

def turns(row: Row, number: int) -> list[Case]:
    """The cases of a round; each round another contender begins."""
    cases = []
    for link in row.links:
        for variant in row.variants:
            contenders = row.contenders_in(variant)
            shift = number % len(contenders)
            cases += [Case(link, contender, variant) for contender in contenders[shift:] + contenders[:shift]]
    return cases


def measure_all(
    stage: Served, rows: list[Row], results: Results, earlier: list[Measurement], keep: Callable[[], None]
) -> None:
    """Measures rows and adds what was found; a contender that fails is noted with its reason.

    What the results have already is not measured again. `keep` is called after each measurement. The measurements of
    an earlier run tell how long what is left will take, until this one's own do.
    """
    order = [(row, number) for number in range(stage.settings.rounds) for row in rows]
    done = {each.key for each in results.measurements}
    left = [_key(row, case, number) for row, number in order for case in turns(row, number)]
    left = [key for key in left if key not in done]
    start = time.monotonic()
    for row, number in order:
        cases = [case for case in turns(row, number) if _key(row, case, number) not in done]
        if cases:
            read_through(stage.emulator.served)
        for case in cases:
            stage.emulator.shape(case.link)
            result = _measure(stage, row, case, number)
            results.measurements.append(result)
            keep()
            left.remove(result.key)
            _tell(result, time.monotonic() - start, expected([*earlier, *results.measurements], left))


def _key(row: Row, case: Case, number: int) -> tuple[str, str, str, str, int]:
    return (row.name, case.link.name, case.variant, case.contender, number)


def expected(
    measurements: Iterable[Measurement], left: Iterable[tuple[str, str, str, str, int]]
) -> tuple[float, int]:
    """Seconds that what is left will take, by what the same took before, and how many there are of which that is not
    known."""
    # The last: the first time prepares what the others find ready.
    took = {each.key[:4]: each.took for each in measurements}
    known = [took.get(key[:4]) for key in left]
    return sum(each for each in known if each is not None), known.count(None)


def _measure(stage: Served, row: Row, case: Case, number: int) -> Measurement:
    values: dict[str, float] = {}
    series: dict[str, list] = {}
    failure = ""
    start = time.monotonic()
    try:
        outcome = row.measure(stage, case)
        values, series = outcome.values, outcome.series
    except (BenchError, OSError, KeyError, ValueError) as error:
        failure = f"{error}".replace(str(stage.folder), "…") or type(error).__name__
    took = time.monotonic() - start
    return Measurement(row.name, case.link.name, case.variant, case.contender, number, values, series, failure, took)


def _tell(each: Measurement, seconds: float, remaining: tuple[float, int]) -> None:
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in each.values.items())
    words = " ".join(filter(None, (each.row, each.link, each.variant, each.contender)))
    left = f"{remaining[0] / 60:.0f} min left" + (f" and {remaining[1]} for the first time" if remaining[1] else "")
    print(f"[{seconds:5.0f} s, {left}] round {each.round + 1} {words}: {each.failure or numbers}", file=sys.stderr)
