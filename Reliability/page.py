"""docs/RELIABILITY.md."""

from dataclasses import dataclass
from itertools import chain

from . import ended, page_disk, sentences
from .cell import Result
from .crash import DAMAGES, WORKS, Crash
from .disk import DiskTrial
from .ended import Ending
from .limits import TIMES as CROWDED_TIMES
from .load import section as load_section
from .loaded import Load
from .matrix import EXACT, FAULTS, MOMENTS, REMARKS
from .model.search import Tally
from .outcome import Outcome, latest
from .reader import WRONG
from .sharing import Sharing
from .site import READ_TIMEOUT, REPOSITORY
from .soak import TIMES as SOAK_TIMES
from .versions import VersionTrial

MOST_MINUTES = 40
"""That all of it may take."""


@dataclass(frozen=True)
class Run:
    """All that came of it."""

    program: str
    """What the program says of its version."""
    minutes: float
    faults: list[Result]
    crashes: list[Crash]
    disks: list[DiskTrial]
    sharings: list[Sharing]
    versions: list[VersionTrial]
    endings: list[Ending]
    loads: list[Load]
    models: list[Tally]

    @property
    def trials(self) -> list[Outcome]:
        return list(chain(
            self.faults, self.crashes, self.disks, self.sharings, self.versions, self.endings, self.loads, self.models))

    @property
    def late(self) -> float:
        """Seconds that a call ended after its deadline, at most; less than none if each ended before."""
        timed = chain(self.faults, self.crashes, self.disks, self.sharings, self.endings, self.loads)
        return latest(*(each.late for each in timed)) or 0.0


def write(run: Run) -> None:
    (REPOSITORY / "docs/RELIABILITY.md").write_text(text(run))


def text(run: Run) -> str:
    wrong = [each for each in run.trials if each.wrong]
    wrong_bytes = sum(WRONG in each.wrong for each in wrong)
    deceived = sum(each.deceived for each in run.faults)
    programs, seeds = sum(each.programs for each in run.models), len(run.crashes) + len(run.sharings)
    lines = [
        "# Reliability", "",
        "Written by `make reliability`. Each trial has a server, an empty cache and a mount of its own; a reader waits "
        f"{READ_TIMEOUT:.0f} s at most (`--read-timeout {READ_TIMEOUT:.0f}`) unless it says otherwise.", "",
        "| | |", "|---|---:|",
        f"| program | {run.program} |",
        f"| minutes, of {MOST_MINUTES} | {run.minutes:.0f} |",
        f"| trials | {len(run.trials)} |",
        f"| not as they must be | {len(wrong)} |",
        f"| with wrong bytes | {wrong_bytes} |",
        "| the longest that a call took beyond its deadline, under faults of server and disk, of a shared cache, before "
        f"and after crashes, while mounts end, and under load | {run.late:.1f} s |",
        f"| random programs, each of a seed | {programs:,} |",
        f"| other trials that follow from a seed | {seeds} |", "",
        "A call's deadline is the time of its mount's `--read-timeout`. That begins anew with what comes, and with each "
        f"request that a call waits for, so that the deadline is {_deadlines()}. While a daemon is suspended no time "
        "counts.", "",
        "Damaged bytes of which nothing was known, or that come twice the same, can be told by the checksum of all of them "
        f"alone: {deceived} readers under inverted bytes got some before their error. A soak of half an hour is in "
        "[SOAK.md](SOAK.md).", "",
        "## Faults", "",
        "A cell: what the reader got, after how many seconds, and KiB that were fetched again. `exact`: every byte was "
        "right. After each of them the fault was taken away, all was read again and was right, and was so once more from the "
        "cache alone. Under `fetched again` others read with him: a stored member, and in turn the package as served, a "
        "deflated member, or one of all these through a second mount on the same cache. They are named where they got "
        "something else, and the KiB are those of both mounts.", "",
        *REMARKS,
    ]
    for lasts, title in ((False, "Faults that strike three times"), (True, "Faults that last")):
        lines += [f"### {title}", "", f"| fault | where | {' | '.join(MOMENTS)} |", f"|---|---|{'---|' * len(MOMENTS)}"]
        for fault in FAULTS:
            for place in fault.places:
                found = {
                    each.cell.moment: each for each in run.faults
                    if each.cell.fault.name == fault.name and each.cell.place == place and each.cell.lasts == lasts}
                if found:
                    cells = " | ".join(_cell(found[moment]) if moment in found else "" for moment in MOMENTS)
                    lines.append(f"| {fault.words} | {place} | {cells} |")
        lines.append("")
    lines += sentences.lines(run.faults)
    disk = page_disk.lines(run.disks, run.sharings, run.versions)
    for section in (_of_crashes(run.crashes), disk, load_section(run.loads), ended.section(run.endings)):
        lines += ["", *section]
    lines += [
        "", "## Random programs", "",
        "Operations at random (lookups, reads anywhere, interrupts, remounts, kills, evictions, damaged rows, faults, a "
        "new latest release) on mounts beside a plain model of what they must give; see "
        "[Reliability](../Reliability/README.md).",
        "", *(f"{each}{f' ✗ {each.wrong}' if each.wrong else ''}" for each in run.models),
    ]
    return "\n".join([*lines, ""])


def _deadlines() -> str:
    """Where a call may take the time several times."""
    several = [f"{each.deadlines} times that under `{each.name}`" for each in FAULTS if each.deadlines > 1]
    several.append(f"{CROWDED_TIMES} times where a mount may have no more files or threads")
    return ", ".join([*several, f"{SOAK_TIMES} times in the soak"])


def _of_crashes(crashes: list[Crash]) -> list[str]:
    lines = [
        "## Crashes", "",
        "The daemon is killed at a random moment while it works, or the cache's files are left as a power cut or a bad "
        "disk leaves them. Then the same mount point is mounted again, the package and its largest member are read to "
        "their ends, and every byte is compared, as are those that a reader had got before.", "",
        "To be kept are, of a copy and of a pass over a member (`indexing`), the blocks and checkpoints that were "
        "committed before the kill. Of a cache that evicts until it is killed, and of one that a power cut, a cut file or "
        "inverted bits leave, they are the blocks whose bytes are as their checksums say, if SQLite's integrity check "
        "finds nothing wrong and no inverted bit has changed a row that has no checksum. Lost is what the next mount did "
        "not have of them. Nor was such a cache made anew later, or, but where eviction "
        "went on, any of these blocks fetched again while all was read.", "",
        "| what | how often | wrong | something to be kept | blocks and checkpoints to be kept, at most | lost |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for kind in WORKS + DAMAGES:
        found = [each for each in crashes if each.kind == kind]
        counts = len(found), sum(bool(each.wrong) for each in found), sum(each.kept > 0 for each in found)
        kept = max((each.kept for each in found), default=0), sum(each.lost for each in found)
        lines.append(f"| {kind} | {' | '.join(map(str, counts + kept))} |")
    return [*lines, *(f"\n{each.name}: ✗ {each.wrong}" for each in crashes if each.wrong)]


def _cell(result: Result) -> str:
    again = f", {result.again / 1024:,.0f} KiB" if result.again else ""
    others = "".join(f", {name} {_outcome(outcome)}" for name, outcome in result.differing)
    words = f"{_outcome(result.outcome)}, {result.seconds:.1f} s{again}{others}"
    return words + (f" ✗ {result.wrong}" if result.wrong else "")


def _outcome(outcome: str) -> str:
    return "exact" if outcome == EXACT else f"`{outcome}`"
