"""docs/BENCHMARKS.md: written whole from the results."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .explained import PROFILE, limits, stopped_by, tried, where_the_time_goes
from .figures import FIGURES, SCALE_FIGURES, title
from .measurement import Results
from .settings import LINKS, MEBI, size_title
from .statistics import Summary, ratios, summary
from .tables import SCALE_TABLES, TABLES, Column, Table
from .targets import verdicts

_README = Path(__file__).resolve().parent / "README.md"


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"


def _spread(found: Summary | None, digits: int) -> str:
    """A median with its least and its most: `1.05 (1.01–1.20)`."""
    if found is None:
        return "–"
    median, least, most = (_number(value, digits) for value in (found.median, found.least, found.most))
    return median if least == most else f"{median} ({least}–{most})"


def _lines(header: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _machine(results: Results) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    rows = [[name, value] for name, value in results.machine.items()] + [["programs", versions]]
    return ["## The machine", "", *_lines(["", ""], rows)]


def _verdicts(results: Results, heading: str) -> list[str]:
    """What must be reached, and beside what is not, what stops it."""
    known = limits()
    found = verdicts(results)
    missed = sum(not verdict.is_met for verdict in found)
    rows = [
        [
            verdict.work, verdict.place, verdict.bound,
            f"{_spread(verdict.reached, verdict.digits)}",
            "✓" if verdict.is_met else f"✗ {verdict.shortfall}", stopped_by(verdict, known),
        ]
        for verdict in found
    ]
    said = "All of them are reached."
    if missed:
        said = (
            f"{missed} of {len(found)} are not reached, marked ✗ with by how much, and what a profile shows to stop "
            "them.")
    rounds = max((each.round + 1 for each in results.measurements), default=0)
    return [
        heading, "",
        f"Medians of {rounds} round{'' if rounds == 1 else 's'}, with the least and the most; ratios are taken within "
        f"a round. {said}", "", *_lines(["work", "where", "wanted", "reached", "", "stopped by"], rows),
    ]


def _cell(results: Results, table: Table, column: Column, link: str, variant: str, contender: str) -> str:
    values = results.by_round(table.row, link, variant, contender, column.quantity)
    if not column.reference:
        return _spread(summary(list(values.values())), column.digits)
    references = results.by_round(table.row, link, variant, column.reference, column.quantity)
    return _spread(summary(ratios(values, references)), column.digits)


def _table(results: Results, table: Table) -> list[str]:
    rows = []
    tried = dict.fromkeys(
        (each.link, each.variant, each.contender) for each in results.measurements if each.row == table.row)
    variants, contenders = (list(dict.fromkeys(case[place] for case in tried)) for place in (1, 2))
    for link, variant, contender in sorted(
        tried, key=lambda case: (list(LINKS).index(case[0]), variants.index(case[1]), contenders.index(case[2]))
    ):
        cells = [_cell(results, table, column, link, variant, contender) for column in table.columns]
        if all(cell == "–" for cell in cells):
            cells = ["failed"] + cells[1:]
        rows.append([LINKS[link].title, *([variant] if table.variant else []), title(contender), *cells])
    if not rows:
        return []
    header = ["link", *([table.variant] if table.variant else []), "", *(column.title for column in table.columns)]
    return [f"### {table.title}", "", table.text.format(**_amounts(results)), "", *_lines(header, rows)]


def _amounts(results: Results) -> dict[str, str]:
    """What the tables' texts name."""
    settings, release = results.settings, results.release
    amounts = {
        "patience": f"{settings['patience']:g}", "random_reads": str(settings["random_reads"]),
        "indexed_reads": str(settings["indexed_reads"]),
        "connections": str(settings["connections"]), "many_releases": _number(settings.get("many_releases", 0), 0),
    }
    if "sizes" in settings:
        return amounts | {"small_cache": _number(settings["small_cache"], 0), "step": _number(settings["sizes"][0], 0)}
    return amounts | {
        "package": _number(release["package"] / 1e6, 0), "member": _number(release["member"] / 1e6, 0),
        "deflated": _number(release["member_deflated"] / 1e6, 0), "boot_end": _number(release["boot_end"] / 1e6, 1),
        "far": _number(release.get("far_package", 0) / 1e6, 0),
    }


def _memory(results: Results) -> list[str]:
    rows = []
    for row in dict.fromkeys(each.row for each in results.of_any()):
        peaks = [each.values["peak_mib"] for each in results.of(row) if "peak_mib" in each.values]
        rows.append([row, _spread(summary(peaks), 0)])
    text = "The most resident memory (VmHWM) that the daemon of fusfs has had in each row's mounts, in MiB."
    return ["### Memory", "", text, "", *_lines(["row", "MiB"], rows)]


def _failures(results: Results) -> list[str]:
    found = dict.fromkeys(
        f"- {title(each.contender)}, {each.row}, {LINKS[each.link].title}: {' '.join(each.failure.split())}"
        for each in results.failures())
    return ["### What failed", "", *found, ""] if found else []


def _figures(
    results: Results, figures: Mapping[str, Callable[[Results], str]], folder: Path, heading: str
) -> list[str]:
    """Draws plots into a folder and gives the lines that show them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, figure in figures.items():
        try:
            drawn = figure(results)
        except ValueError:
            continue  # The row was not measured.
        (folder / f"{name}.svg").write_text(drawn)
        lines += [f"![{figure.__doc__.splitlines()[0]}]({folder.name}/{name}.svg)", ""]
    return [heading, "", *lines] if lines else []


def _commands(results: Results) -> list[str]:
    return ["## The commands", "", "```sh", *results.commands.values(), "```", ""]


def _command(results: Results) -> str:
    """How the run was started."""
    settings = results.settings
    words = ["make bench", *(["QUICK=1"] if settings["quick"] else [])]
    words.append("SCALE=1" if "sizes" in settings else f"SIZE={settings['size']}")
    return " ".join([*words, f"ROUNDS={settings['rounds']}"])


def _beside(results: Results, folder: Path) -> list[str]:
    """The rows of one release, beside peers and limits."""
    lines = [*_figures(results, FIGURES, folder, "## Plots"), "## Figures", ""]
    for table in TABLES:
        lines += _table(results, table)
    return [*lines, *_memory(results), *_failures(results)]


def _scale(results: Results, folder: Path, program: str) -> list[str]:
    """The rows of several sizes."""
    settings = results.settings
    sizes = ", ".join(map(size_title, settings["sizes"]))
    load = f"{results.machine['load before']} before, {results.machine.get('load at the end', '–')} at the end"
    other = " It measured another build of fusfs than the other rows." if program != settings["program"] else ""
    lines = [
        "## Scale", "",
        f"Written by `{_command(results)}`: releases of {sizes}, all unshaped. It needs "
        f"{_number(settings['needed'] / 1024, 0)} GiB of disk. Load of the machine: {load}.{other}", "",
        *_verdicts(results, "### What must be reached at any size"),
        *_figures(results, SCALE_FIGURES, folder, "### Plots of the copies"),
    ]
    for table in SCALE_TABLES:
        lines += _table(results, table)
    return [*lines, *_memory(results), *_failures(results)]


def write(runs: Sequence[Results], folder: Path, profile: Path = PROFILE) -> Path:
    """Writes the page and its plots into a folder; gives the page's path.

    Of the runs, at most one is of one release, and at most one of several sizes.
    """
    single = [each for each in runs if "sizes" not in each.settings]
    several = [each for each in runs if "sizes" in each.settings]
    explained = os.path.relpath(_README, folder)
    plots = folder / "benchmarks"
    program = runs[0].settings.get("program", "")
    lines = [
        "# Benchmarks", "",
        f"Written by {' and '.join(f'`{_command(each)}`' for each in runs)}; "
        f"[Benchmarks/README.md]({explained}) says how each row is measured.",
    ]
    for results in single:
        lines += [
            f"A release of {_number(results.release['package'] / MEBI, 0)} MiB is served by `fus-emulator` on "
            "loopback, which plays the links; server, file systems and readers share the machine.", "",
            *_verdicts(results, "## What must be reached"), *_machine(results), *_beside(results, plots),
        ]
    for results in several:
        lines += [] if single else ["", *_machine(results)]
        lines += _scale(results, plots, program)
    lines += [*where_the_time_goes(program, profile), *tried(), *_commands(runs[0])]
    path = folder / "BENCHMARKS.md"
    path.write_text("\n".join(lines).rstrip("\n") + "\n")
    return path
