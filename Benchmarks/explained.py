"""What is shown beside the figures: what stops a row, where the time goes, what was tried. Two of them are written by
hand, in limits.toml and tried.md; the third is written by scripts/profile.sh."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .profile import PARTS
from .targets import Verdict

_HERE = Path(__file__).resolve().parent
PROFILE = _HERE.parent / ".build/profile/shares.json"
"""What the last `make profile` found here."""
NOT_KNOWN = "not known yet"


@dataclass(frozen=True)
class Limit:
    """What stops a row of the table."""

    work: str
    text: str
    where: str = ""
    """How the place begins that it is about."""


def limits(path: Path = _HERE / "limits.toml") -> list[Limit]:
    return [Limit(**each) for each in tomllib.loads(path.read_text()).get("limit", [])]


def stopped_by(verdict: Verdict, known: list[Limit]) -> str:
    """What stops a row that falls short; nothing for one that is reached."""
    if verdict.is_met:
        return ""
    fitting = (each for each in known if each.work == verdict.work and verdict.place.startswith(each.where))
    return next((each.text for each in fitting), NOT_KNOWN)


def where_the_time_goes(program: str = "", path: Path = PROFILE) -> list[str]:
    """The page's section on the profiles; nothing where none was made. A program is the one that the page is about."""
    if not path.exists():
        return []
    found = json.loads(path.read_text())
    works = found["works"]
    names = list(works)
    other = " They are of another build of fusfs than the figures." if program not in ("", found.get("program")) else ""
    lines = [
        "## Where the time goes", "",
        f"What share of the daemon's processor time each part takes, in per cent (`make profile SIZE={found['size']}`, "
        "`perf` at 999 Hz): a package and its largest member read to their ends with nothing in the cache and with "
        f"all of it, and 4 KiB at random by four threads.{other}", "",
        f"| part | {' | '.join(names)} |", f"|---{'|---:' * len(names)}|",
    ]
    for part in PARTS:
        shares = [works[name]["parts"].get(part, 0.0) for name in names]
        if max(shares, default=0) >= 0.0005:
            lines.append(f"| {part} | {' | '.join(f'{share * 100:.1f}' for share in shares)} |")
    for title, key in (("seconds", "seconds"), ("seconds on processors", "processor"), ("samples", "samples")):
        cells = [f"{works[name][key]:,.2f}" if key != "samples" else f"{works[name][key]:,}" for name in names]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return [*lines, ""]


def tried(path: Path = _HERE / "tried.md") -> list[str]:
    """The page's section on what was tried and dropped."""
    return path.read_text().rstrip("\n").split("\n") + [""]
