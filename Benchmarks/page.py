"""docs/BENCHMARKS.md: written whole from the results."""

import os
from pathlib import Path

from .figures import FIGURES, title
from .measurement import Results
from .settings import LINKS, MEBI
from .statistics import Summary, ratios, summary
from .tables import TABLES, Column, Table
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


def _verdicts(results: Results) -> list[str]:
    found = verdicts(results)
    missed = sum(not verdict.is_met for verdict in found)
    rows = [
        [
            verdict.work, verdict.place, verdict.bound,
            f"{_spread(verdict.reached, verdict.digits)}",
            "✓" if verdict.is_met else f"✗ {verdict.shortfall}",
        ]
        for verdict in found
    ]
    said = "All of them are reached."
    if missed:
        said = f"{missed} of {len(found)} are not reached, marked ✗ with by how much."
    return [
        "## What must be reached", "",
        f"Medians of {results.settings['rounds']} rounds, with the least and the most; ratios are taken within a "
        f"round. {said}", "", *_lines(["work", "where", "wanted", "reached", ""], rows),
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
    order = list(dict.fromkeys(contender for _, _, contender in tried))
    for link, variant, contender in sorted(
        tried, key=lambda case: (list(LINKS).index(case[0]), _as_number(case[1]), order.index(case[2]))
    ):
        cells = [_cell(results, table, column, link, variant, contender) for column in table.columns]
        if all(cell == "–" for cell in cells):
            cells = ["failed"] + cells[1:]
        rows.append([LINKS[link].title, *([variant] if table.variant else []), title(contender), *cells])
    if not rows:
        return []
    header = ["link", *([table.variant] if table.variant else []), "", *(column.title for column in table.columns)]
    return [f"### {table.title}", "", table.text.format(**_amounts(results)), "", *_lines(header, rows)]


def _as_number(variant: str) -> tuple[int, str]:
    return (int(variant), "") if variant.isdigit() else (0, variant)


def _amounts(results: Results) -> dict[str, str]:
    """What the tables' texts name."""
    settings, release = results.settings, results.release
    return {
        "package": _number(release["package"] / 1e6, 0), "member": _number(release["member"] / 1e6, 0),
        "deflated": _number(release["member_deflated"] / 1e6, 0), "boot_end": _number(release["boot_end"] / 1e6, 1),
        "far": _number(settings["far_bytes"] / 1e6, 0), "patience": f"{settings['patience']:g}",
        "random_reads": str(settings["random_reads"]), "indexed_reads": str(settings["indexed_reads"]),
        "connections": str(settings["connections"]),
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


def _figures(results: Results, folder: Path) -> list[str]:
    """Draws the plots into a folder and gives the lines that show them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, figure in FIGURES.items():
        try:
            drawn = figure(results)
        except ValueError:
            continue  # The row was not measured.
        (folder / f"{name}.svg").write_text(drawn)
        lines += [f"![{figure.__doc__.splitlines()[0]}]({folder.name}/{name}.svg)", ""]
    return ["## Plots", "", *lines] if lines else []


def _commands(results: Results) -> list[str]:
    return ["## The commands", "", "```sh", *results.commands.values(), "```", ""]


def write(results: Results, folder: Path) -> Path:
    """Writes the page and its plots into a folder; gives the page's path."""
    settings = results.settings
    command = " ".join(
        ["make bench", *(["QUICK=1"] if settings["quick"] else []), f"SIZE={settings['size']}",
         f"ROUNDS={settings['rounds']}"])
    explained = os.path.relpath(_README, folder)
    lines = [
        "# Benchmarks", "",
        f"Written by `{command}`; [Benchmarks/README.md]({explained}) says how each row is measured.",
        f"A release of {_number(results.release['package'] / MEBI, 0)} MiB is served by `fus-emulator` on loopback, "
        "which plays the links; server, file systems and readers share the machine.", "",
        *_verdicts(results), *_machine(results), *_figures(results, folder / "benchmarks"), "## Figures", "",
    ]
    for table in TABLES:
        lines += _table(results, table)
    lines += [*_memory(results), *_failures(results), *_commands(results)]
    path = folder / "BENCHMARKS.md"
    path.write_text("\n".join(lines).rstrip("\n") + "\n")
    return path
