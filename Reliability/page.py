"""docs/RELIABILITY.md."""

from .cell import Result
from .crash import DAMAGES, WORKS, Crash
from .matrix import EXACT, FAULTS, MOMENTS
from .site import READ_TIMEOUT, REPOSITORY


def write(results: list[Result], crashes: list[Crash], *sections: list[str]) -> None:
    """Sections are lines that follow what is said of faults and crashes."""
    (REPOSITORY / "docs/RELIABILITY.md").write_text(text(results, crashes, *sections))


def text(results: list[Result], crashes: list[Crash], *sections: list[str]) -> str:
    wrong = [result for result in results if result.wrong]
    longest = max((result.longest for result in results), default=0)
    lines = [
        "# Reliability", "",
        "Written by `make reliability`. Each cell has a server, an empty cache and a mount of its own, and reads a whole "
        f"package with `--read-timeout {READ_TIMEOUT:.0f}`.", "",
        f"{len(results)} cells, {len(wrong)} of them not as they must be. The longest call took {longest:.1f} s.", "",
        "## Faults", "",
        "A cell: what the reader got, after how many seconds, and KiB that were fetched again. `exact`: every byte was "
        "right. After each of them the fault was taken away, all was read again and was right, and was so once more from the "
        "cache alone. Under `fetched again` others read with him: a stored member, and in turn the package as served, a "
        "deflated member, or one of all these through a second mount on the same cache. They are named where they got "
        "something else, and the KiB are those of both mounts.", "",
    ]
    for lasts, title in ((False, "Faults that strike three times"), (True, "Faults that last")):
        lines += [f"### {title}", "", f"| fault | where | {' | '.join(MOMENTS)} |", f"|---|---|{'---|' * len(MOMENTS)}"]
        for fault in FAULTS:
            for place in fault.places:
                found = {
                    each.cell.moment: each for each in results
                    if each.cell.fault.name == fault.name and each.cell.place == place and each.cell.lasts == lasts}
                if found:
                    cells = " | ".join(_cell(found[moment]) if moment in found else "" for moment in MOMENTS)
                    lines.append(f"| {fault.words} | {place} | {cells} |")
        lines.append("")
    lines += [
        "## Crashes", "",
        "The daemon is killed at a random moment while it works, or the cache's files are left as a power cut or a bad disk "
        "leaves them. Then the same mount point is mounted again, the package and its largest member are read to their "
        "ends, and every byte is compared. Lost: blocks that were committed before a kill and were not there afterwards.",
        "", "| what | how often | wrong | blocks committed before, at most | lost |", "|---|---:|---:|---:|---:|",
    ]
    for kind in WORKS + DAMAGES:
        found = [each for each in crashes if each.kind == kind]
        # Where blocks are evicted, or the cache is another one, there is nothing to be compared with.
        kept = f"{max((each.kept for each in found), default=0)} | {sum(each.lost for each in found)}"
        lines.append(
            f"| {kind} | {len(found)} | {sum(bool(each.wrong) for each in found)} | "
            f"{kept if kind in ('copying', 'indexing') else '– | –'} |")
    for section in sections:
        lines += ["", *section]
    return "\n".join([*lines, ""])


def _cell(result: Result) -> str:
    again = f", {result.again / 1024:,.0f} KiB" if result.again else ""
    others = "".join(f", {name} {_outcome(outcome)}" for name, outcome in result.differing)
    words = f"{_outcome(result.outcome)}, {result.seconds:.1f} s{again}{others}"
    return words + (f" ✗ {result.wrong}" if result.wrong else "")


def _outcome(outcome: str) -> str:
    return "exact" if outcome == EXACT else f"`{outcome}`"
