"""curl: what the link gives to a program that keeps nothing."""

from pathlib import Path

from .processes import all_of, run
from .stage import Served


def in_parts(stage: Served, count: int, connections: int, folder: Path | None = None) -> float:
    """Seconds for the first `count` bytes of the package, in as many equal parts as there are connections, each by a
    process of its own; into files in a folder, or into nothing."""
    part = -(-count // connections)
    commands = []
    for index in range(connections):
        first, last = index * part, min((index + 1) * part, count) - 1
        target = folder / f"part-{index}" if folder else "/dev/null"
        commands.append(["curl", "-sSf", "-r", f"{first}-{last}", "-o", target, stage.emulator.file_url])
    return all_of(commands, limit=900)


def ranges(stage: Served, places: list[int], length: int) -> list[float]:
    """Seconds of each of several ranges, one after the other on one connection that is open already."""
    script = stage.folder / "curl-script"
    requests = [
        f'url = "{stage.emulator.file_url}"\nrange = {place}-{place + length - 1}\noutput = /dev/null\n'
        'fail\nsilent\nshow-error\nwrite-out = "%{time_total}\\n"\n'
        for place in [places[0], *places]
    ]
    script.write_text("next\n".join(requests))
    return [float(line) for line in run(["curl", "-K", script], limit=300).split()][1:]
