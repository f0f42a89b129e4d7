"""Work on a release of which nothing is kept."""

import filecmp
import hashlib
import shutil
from pathlib import Path

from . import curl
from .emulator import MODEL, REGION
from .machine import drop_caches, read_through, write_free_memory
from .measurement import Case, Outcome, Row
from .mounts import Mount
from .processes import BenchError, run, timed
from .reader import places
from .release import true_file
from .settings import FAR, MEBI, NEAR, UNSHAPED
from .stage import BOOT, REPOSITORY, Served, Stage, read

RANDOM_LENGTH = 128 * 1024
FIRST = 4096
SWEEP = ("1", "2", "4", "8", "16")


def _seen(outcome: Outcome, case: Case, mount: Mount) -> Outcome:
    """Adds what is noted of every mount of fusfs."""
    if case.contender == "fusfs":
        outcome.values["peak_mib"] = mount.peak()
    return outcome


def first_bytes(stage: Stage, case: Case) -> Outcome:
    """The first 4 KiB of a package that has been listed, not read."""

    def outcome(seconds: float) -> Outcome:
        return Outcome({"ms": seconds * 1e3, "round_trips": seconds / case.link.latency})

    if case.contender == "curl":
        return outcome(curl.ranges(stage, [0], FIRST)[0])
    with stage.cold(case.contender) as mount:
        return _seen(outcome(read("first", mount.package, FIRST, limit=60)["seconds"]), case, mount)


def sequential(stage: Stage, case: Case) -> Outcome:
    """All of a package, over all connections; on the far link of the one that is served there."""
    one = stage.far if case.link == FAR else stage
    if one is not stage:
        # The other server's file is in memory since the row began.
        read_through(one.emulator.served)
    return _sequential(one, case, one.emulator.size, stage.settings.connections)


def sweep(stage: Stage, case: Case) -> Outcome:
    """The package over other numbers of connections, and so much of it as the link brings in the same time."""
    connections = int(case.variant)
    amount = int(connections * (case.link.rate or 0) * stage.settings.sweep_seconds)
    return _sequential(stage, case, min(amount, stage.emulator.size), connections)


def _sequential(stage: Served, case: Case, amount: int, connections: int) -> Outcome:
    def outcome(count: float, seconds: float) -> Outcome:
        rate = count / seconds
        return Outcome({"mb_s": rate / 1e6, "share": rate / (connections * (case.link.rate or rate))})

    write_free_memory(amount)
    if case.contender == "curl":
        return outcome(amount, curl.in_parts(stage, amount, connections))
    with stage.cold(case.contender, connections) as mount:
        patience = stage.settings.patience(case.contender)
        done = read("sequential", mount.package, amount, patience, limit=700)
        return _seen(outcome(done["bytes"], done["seconds"]), case, mount)


def copy(stage: Stage, case: Case) -> Outcome:
    """The package, from the server to the local disk."""
    target = stage.folder / "copied"
    target.mkdir()
    try:
        drop_caches()
        size = stage.emulator.size
        write_free_memory(size)
        read_through(stage.emulator.served)
        match case.contender:
            case "curl":
                seconds = curl.in_parts(stage, size, stage.settings.connections, target)
            case "local":
                read_through(stage.archive)
                seconds = timed(["cp", stage.archive, target / "package"])
            case "null":
                with stage.cold("null") as mount:
                    seconds = timed(["cp", mount.package, target / "package"])
            case _:
                return _copied(stage, case, target / "package")
        return Outcome({"mb_s": size / seconds / 1e6})
    finally:
        shutil.rmtree(target)


def _copied(stage: Stage, case: Case, target: Path) -> Outcome:
    patience = stage.settings.patience(case.contender)
    with stage.cold(case.contender) as mount:
        with mount.watched():
            # A copy that was stopped counts with what it has copied until then.
            script = 'timeout "$1" cp "$2" "$3" || [ $? = 124 ]'
            seconds = timed(["sh", "-c", script, "sh", f"{patience}", mount.package, target], limit=700)
        outcome = _seen(Outcome({"mb_s": target.stat().st_size / seconds / 1e6}), case, mount)
        if case.contender == "fusfs":
            outcome.series["memory"] = mount.series
            if not filecmp.cmp(target, stage.archive, shallow=False):
                raise BenchError("the copy differs from the package")
    return outcome


def random_reads(stage: Stage, case: Case) -> Outcome:
    """128 KiB at distinct places of the package, one after the other, past the kernel's cache."""
    number = stage.settings.random_reads

    def outcome(each: list[float]) -> Outcome:
        mean = sum(each) / len(each)
        values = {"ms": mean * 1e3, "round_trips": mean / case.link.latency, "fetched": 1.0}
        return Outcome(values, {"each_ms": [seconds * 1e3 for seconds in each]})

    if case.contender == "curl":
        each = curl.ranges(stage, places(stage.emulator.size, number, RANDOM_LENGTH), RANDOM_LENGTH)
        return outcome(each)
    with stage.cold(case.contender) as mount:
        stage.emulator.bytes_sent()
        stage.emulator.reset()
        patience = stage.settings.random_patience(case.contender)
        done = read("random", mount.package, number, RANDOM_LENGTH, patience, limit=700)
        seen = _seen(outcome(done["each"]), case, mount)
    # After the unmount, so that what was still on its way counts as well.
    seen.values["fetched"] = stage.emulator.bytes_sent() / done["bytes"]
    return seen


def boot_image(stage: Stage, case: Case) -> Outcome:
    """boot.img, unpacked, out of a release of which nothing is known but its version."""
    target = stage.folder / "boot"
    target.mkdir()
    try:
        stage.emulator.reset()
        if case.contender == "asgard":
            seconds = _asgard(stage, target)
        else:
            with stage.mount(case.contender, target / "cache") as mount:
                seconds = timed(["cp", mount.package.parent / BOOT, target / "boot.img"])
                peak = mount.peak()
        fetched = stage.emulator.bytes_sent()
        image = (target / "boot.img").read_bytes()
        if hashlib.sha256(image).hexdigest() != true_file(stage.emulator.release, BOOT)["sha256"]:
            raise BenchError("the image differs from what its maker wrote down")
    finally:
        shutil.rmtree(target)
    values = {
        "seconds": seconds, "fetched_mb": fetched / 1e6, "over": fetched / stage.boot_end,
        "over_allowed": fetched / (1.1 * stage.boot_end + 2 * MEBI), "image_mb": len(image) / 1e6,
    }
    return Outcome(values | ({"peak_mib": peak} if case.contender == "fusfs" else {}))


def _asgard(stage: Stage, target: Path) -> float:
    script = REPOSITORY / "Tests/peers/asgard_on_loopback.py"
    return timed([
        "env", f"XDG_CONFIG_HOME={target}", stage.peers / "bin/python", script, stage.emulator.url, "download",
        MODEL, REGION, "--archive", stage.member.filename, "--file", "boot.img.lz4", "--quiet", "-o", target,
    ], limit=300)


def rows(quick: bool) -> list[Row]:
    peers = ("rclone", "rclone-full", "httpdirfs", *(() if quick else ("httpdirfs-cache",)))
    return [
        Row("first", (NEAR,) if quick else (NEAR, FAR), ("fusfs", *peers, "curl"), first_bytes),
        Row("sequential", (NEAR, FAR), ("fusfs", *peers, "curl"), sequential),
        Row("copy", (UNSHAPED,), ("fusfs", *peers, "curl", "null", "local"), copy),
        Row("random", (NEAR,) if quick else (NEAR, FAR), ("fusfs", *peers, "curl"), random_reads),
        Row("boot", (NEAR,) if quick else (NEAR, FAR), ("fusfs", "asgard"), boot_image),
        Row("sweep", (NEAR,), ("fusfs", "curl"), sweep, SWEEP),
    ]
