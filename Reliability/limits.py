"""A daemon that may have no more files, or no more threads."""

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from Benchmarks.mounts import is_mounted
from Benchmarks.processes import BenchError, eventually, run

from .loaded import HONEST, MEMORY, Load, Trial, crowd, mend, true_files
from .site import READ_TIMEOUT, Reading, Site, standing

_FILES = 64
_NO_MORE = 3
"""The number that a file would have to be below: all daemons have more."""
_TASKS = (1, 2, 4, 8, 16, 32)
"""How many processes and threads a command may have that is to mount."""
_OPTIONS = ("--memory", f"{MEMORY}M", "--connections", "16")
TIMES = 2
"""How often the time of `--read-timeout` a call may take among many: it may wait for the pages that another one has asked
for, and then for its own."""
_SAME_LINES = 3
"""How many of the log may say the same in ten seconds."""
_GROUPS = (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup"))
"""Where a control group can be made that counts tasks: with a hierarchy of their own, and with one for all."""


def open_files(trial: Trial, load: Load) -> None:
    """All works under a small limit; where it is reached there are errors at most, and they end with it."""
    processes, seconds = (16, 2) if trial.short else (64, 8)
    truth = true_files(trial.binaries, trial.release)
    with standing(trial.binaries, trial.release, trial.folder / "few") as site:
        run(["prlimit", f"--nofile={_FILES}", *site.command(*_OPTIONS)], limit=30)
        found = crowd(site, truth, processes, seconds, trial.seed)
        load.judge_crowd(found, f"with {_FILES} files", HONEST, READ_TIMEOUT)
        files = len(os.listdir(f"/proc/{site.daemon}/fd"))
        load.words = f"with {_FILES} files {found['reads']:,} reads and {_count(found)} errors, {files} files open"
        mend(load, site, truth, trial.seed)
        load.note_memory(site)
    with standing(trial.binaries, trial.release, trial.folder / "none") as site:
        site.mount(*_OPTIONS)
        Reading(site.small).finish(90)
        # Connections that are kept would do for long.
        site.stop_server()
        site.start_server()
        before = resource.prlimit(site.daemon, resource.RLIMIT_NOFILE)
        resource.prlimit(site.daemon, resource.RLIMIT_NOFILE, (_NO_MORE, before[1]))
        said = _reached(load, site, truth, trial, "with no more files", processes, seconds)
        if not any("open files" in line for line in said):
            load.faults.append("the log does not say that there are too many open files")
        resource.prlimit(site.daemon, resource.RLIMIT_NOFILE, before)
        mend(load, site, truth, trial.seed)
        load.note_memory(site)


def threads(trial: Trial, load: Load) -> None:
    """A command that may have few mounts or says why not; a mount that may have no more goes on."""
    processes, seconds = (16, 2) if trial.short else (64, 8)
    truth = true_files(trial.binaries, trial.release)
    mounted = []
    with _group() as group:
        if group is None and os.geteuid() == 0:
            raise BenchError("no control group can be made here, and nothing else limits root")
        for most in _TASKS if group else ():
            with standing(trial.binaries, trial.release, trial.folder / f"few-{most}") as site:
                if _mounts(load, site, group, most):
                    mounted.append(most)
                (group / "pids.max").write_text("max\n")
        with standing(trial.binaries, trial.release, trial.folder / "none") as site:
            site.mount(*_OPTIONS)
            daemon = site.daemon
            before = resource.prlimit(daemon, resource.RLIMIT_NPROC)
            if group:
                (group / "cgroup.procs").write_text(f"{daemon}\n")
                (group / "pids.max").write_text(f"{len(os.listdir(f'/proc/{daemon}/task'))}\n")
            else:
                resource.prlimit(daemon, resource.RLIMIT_NPROC, (1, before[1]))
            load.words = (
                f"of {_words(_TASKS)} tasks {_words(mounted) or 'none'} are enough to mount" if group
                else "as many as its user has")
            _reached(load, site, truth, trial, "with no more threads", processes, seconds)
            if group:
                (group / "pids.max").write_text("max\n")
            else:
                resource.prlimit(daemon, resource.RLIMIT_NPROC, before)
            mend(load, site, truth, trial.seed)
            load.note_memory(site)
            site.unmount()


def _reached(
    load: Load, site: Site, truth: Path, trial: Trial, during: str, processes: int, seconds: float
) -> list[str]:
    """Reads while the limit is reached; the log's lines of that time."""
    old = len(_log(site))
    begun = time.monotonic()
    found = crowd(site, truth, processes, seconds, trial.seed)
    # Ten seconds of the log may have begun before, and others end after.
    allowed = _SAME_LINES * (2 + int((time.monotonic() - begun) / 10))
    load.judge_crowd(found, during, HONEST, TIMES * READ_TIMEOUT)
    said = _log(site)[old:]
    # Each failed read has a line, of the level `error`.
    others = [line.partition(" ")[2] for line in said if " error: " not in line]
    most = max((others.count(line) for line in set(others)), default=0)
    load.words += (
        f"; {during} {found['reads']:,} reads and {_count(found)} errors, the longest call {found['longest']:.1f} s, "
        f"{len(others)} lines beside those")
    if most > allowed:
        load.faults.append(f"{during} the log says {most} times: {max(set(others), key=others.count)}")
    return said


def _count(found: dict) -> str:
    """How many errors, and which."""
    total = sum(found["errors"].values())
    return f"{total:,} ({', '.join(sorted(found['errors']))})" if total else "no"


def _words(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _log(site: Site) -> list[str]:
    return site.log.read_text(errors="replace").splitlines()


def _mounts(load: Load, site: Site, group: Path, most: int) -> bool:
    """Whether a command mounts with so many tasks; then all must be right, and else it must say why not."""
    (group / "pids.max").write_text(f"{most}\n")
    try:
        done = subprocess.run(
            ["sh", "-c", 'echo $$ >"$0" && exec "$@"', group / "cgroup.procs", *site.command(*_OPTIONS)], timeout=60,
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"with {most} tasks the command hangs") from error
    if done.returncode == 0:
        said = Reading(site.package).finish(90)
        if wrong := site.mistake(said, site.sha256):
            load.faults.append(f"with {most} tasks the package: {wrong}")
        return True
    if not done.stderr.startswith("fusfs: ") or "with signal" in done.stderr:
        load.faults.append(f"with {most} tasks it says: {done.stderr.strip()[:200] or 'nothing'}")
    if is_mounted(site.path):
        load.faults.append(f"with {most} tasks it fails and leaves a mount")
    return False


@contextlib.contextmanager
def _group() -> Iterator[Path | None]:
    """A control group that limits tasks; nothing where none can be made."""
    group = None
    for parent in _GROUPS if os.geteuid() == 0 else ():
        with contextlib.suppress(OSError):
            group = Path(tempfile.mkdtemp(prefix="fusfs.", dir=parent))
            if (group / "pids.max").exists():
                break
            group.rmdir()
            group = None
    try:
        yield group
    finally:
        if group:
            with contextlib.suppress(OSError):
                (group / "pids.max").write_text("max\n")
                for process_id in (group / "cgroup.procs").read_text().split():
                    os.kill(int(process_id), signal.SIGKILL)
            eventually(lambda: not (group / "cgroup.procs").read_text(), 20, "the end of all in the control group")
            group.rmdir()
