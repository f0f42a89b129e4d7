"""What docs/RELIABILITY.md says of the disk, and of a cache that many use."""

from .disk import LINES, MOMENTS, DiskTrial
from .disk_faults import FAULTS
from .matrix import EXACT
from .sharing import KILLED, WAIT, Sharing
from .versions import STEPS, VersionTrial
from .versions import MOMENTS as VERSION_MOMENTS


def lines(disks: list[DiskTrial], sharings: list[Sharing], versions: list[VersionTrial]) -> list[str]:
    return [*_of_disks(disks), *_of_sharing(sharings), *_of_versions(versions)]


def _of_disks(trials: list[DiskTrial]) -> list[str]:
    lines = [
        "## The disk", "",
        "The disk under the cache fails while the package is copied, and then copied once more in the form in which it "
        f"is served. Both copies must be right; the log must have {LINES} line about it meanwhile, and no "
        f"more than {LINES} until all is cached again; once the disk has mended, all that is read must be in the cache again, which alone must "
        "then give every byte. A cell: what the copies were, the longest call, the lines in the log, and the seconds "
        "until the cache had all again.", "",
        f"| the disk | {' | '.join(MOMENTS)} |", f"|---|{'---|' * len(MOMENTS)}",
    ]
    for fault in FAULTS:
        found = {each.moment: each for each in trials if each.fault is fault}
        cells = " | ".join(_disk_cell(found[moment]) if moment in found else "" for moment in MOMENTS)
        lines.append(f"| {fault.words} | {cells} |")
    said = {line: None for each in trials for line in each.lines}
    return [*lines, "", "What the log says meanwhile:", "", *(f"- `{line}`" for line in said), ""]


def _disk_cell(trial: DiskTrial) -> str:
    if trial.not_run:
        return f"not run: {trial.not_run}"
    outcome = "exact" if trial.outcome == EXACT else f"`{trial.outcome}`"
    words = f"{outcome}, {trial.longest:.1f} s, {len(trial.lines)}, {trial.mended:.1f} s"
    return words + (f" ✗ {trial.wrong}" if trial.wrong else "")


def _of_sharing(trials: list[Sharing]) -> list[str]:
    lines = [
        "## One cache for many", "",
        "Two mounts with two readers each, `fusfs fetch` (in its own process, and by a mount), `fusfs verify`, "
        "`fusfs cache trim`, `fusfs cache unpin` and `fusfs cache status` use one cache at once, each again and again, "
        f"and something is killed meanwhile. Nobody may wait for {WAIT:.0f} s. Refused: what was fetched had been "
        "trimmed away before the end. Afterwards the integrity check of SQLite must find nothing, and rows, bitmaps and "
        "what `cache status` says must agree.", "",
        "| killed | times | files read | longest call | command | runs | longest | refused | killed | wrong |",
        "|---|---:|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for killed in KILLED:
        found = [each for each in trials if each.killed == killed]
        names = list(dict.fromkeys(command.name for each in found for command in each.commands))
        for name in names:
            commands = [command for each in found for command in each.commands if command.name == name]
            start = "| | | |"
            if name == names[0]:
                copies, longest = sum(each.copies for each in found), max(each.longest for each in found)
                start = f"{killed} | {len(found)} | {copies} | {longest:.1f} s |"
            lines.append(
                f"| {start} {name} | {sum(each.runs for each in commands)} | "
                f"{max(each.longest for each in commands):.1f} s | {sum(each.refused for each in commands)} | "
                f"{sum(each.kills for each in commands)} | {sum(len(each.faults) for each in commands)} |")
    return [*lines, "", *(f"- {each.name}: ✗ {each.wrong}" for each in trials if each.wrong), ""]


def _of_versions(trials: list[VersionTrial]) -> list[str]:
    lines = [
        "### Other versions of the program", "",
        "The cache gets the number of an older or a newer version. What is read stays right; a newer cache is left as "
        "it is and refused in words, an older one is made anew, and the log says which version it is.", "",
        "| the cache | when | what is said |", "|---|---|---|",
    ]
    for which in STEPS:
        for moment in VERSION_MOMENTS:
            for each in trials:
                if (each.which, each.moment) == (which, moment):
                    wrong = f" ✗ {each.wrong}" if each.wrong else ""
                    lines.append(f"| {which} | {moment} | {each.said or 'nothing'}{wrong} |")
    return [*lines, ""]
