"""Takes turns: every round measures every contender once, so that what the machine does meanwhile hits them alike."""

import sys
import time

from .machine import read_through
from .measurement import Case, Measurement, Results, Row
from .processes import BenchError
from .stage import Stage


def turns(row: Row, number: int) -> list[Case]:
    """The cases of a round; each round another contender begins."""
    shift = number % len(row.contenders)
    contenders = row.contenders[shift:] + row.contenders[:shift]
    return [
        Case(link, contender, variant)
        for link in row.links for variant in row.variants for contender in contenders
    ]


def measure_all(stage: Stage, rows: list[Row], results: Results) -> None:
    """Measures rows and adds what was found; a contender that fails is noted with its reason."""
    start = time.monotonic()
    for row in rows:
        for number in range(stage.settings.rounds):
            read_through(stage.emulator.served)
            for case in turns(row, number):
                stage.emulator.shape(case.link)
                result = _measure(stage, row, case, number)
                results.measurements.append(result)
                _tell(result, time.monotonic() - start)


def _measure(stage: Stage, row: Row, case: Case, number: int) -> Measurement:
    values: dict[str, float] = {}
    series: dict[str, list] = {}
    failure = ""
    try:
        outcome = row.measure(stage, case)
        values, series = outcome.values, outcome.series
    except (BenchError, OSError, KeyError, ValueError) as error:
        failure = f"{error}".replace(str(stage.folder), "…") or type(error).__name__
    return Measurement(row.name, case.link.name, case.variant, case.contender, number, values, series, failure)


def _tell(each: Measurement, seconds: float) -> None:
    numbers = ", ".join(f"{name} {value:.4g}" for name, value in each.values.items())
    words = " ".join(filter(None, (each.row, each.link, each.variant, each.contender)))
    print(f"[{seconds:5.0f} s] round {each.round + 1} {words}: {each.failure or numbers}", file=sys.stderr)
