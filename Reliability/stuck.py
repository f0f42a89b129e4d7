"""A thousand reads that a server keeps waiting, and what others get meanwhile."""

import dataclasses
import json
import subprocess
import sys
import time

from Benchmarks.emulator import make_release
from Benchmarks.processes import BenchError, end
from Benchmarks.statistics import percentile

from .loaded import MEMORY, Load, Trial, mend, program, true_files
from .site import REPOSITORY, SLACK, Site, await_line, standing

_READS = 1000
_SIZE = 192
"""MiB of the release: so much that what is fetched ahead of a reader stays far from the stuck reads."""
_KEPT = 4 << 20
"""Bytes of the package, its first, that are cached before."""
_FIRST = 96 << 20
"""Where the stuck reads begin."""
_END = 2 << 20
"""Bytes at the package's end that a look at its directory may have brought."""
TIMES = 5
_MORE = {50: SLACK / 1500, 99: SLACK / 300}
"""How much slower calls may become: so many times what they took before, and so many seconds, in the middle and of the slowest
in a hundred. These are a millisecond and five where nothing else goes on."""
_CALLS = {
    "kernel": "read what the kernel keeps", "cache": "read what the cache keeps", "listing": "list a directory",
}


class _Stuck:
    """A program of which each thread waits for a page."""

    def __init__(self, site: Site, seed: int) -> None:
        command = [
            sys.executable, "-m", "Reliability.stuck_reader", "wait", _READS, _FIRST, site.size - _END, seed,
            site.package, site.encrypted,
        ]
        self._process = subprocess.Popen(
            list(map(str, command)), cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            start_new_session=True)

    def __enter__(self) -> "_Stuck":
        await_line(self._process, "begun", 60)
        return self

    def __exit__(self, *_: object) -> None:
        end(self._process)
        self._process.stdout.close()

    def finish(self, limit: float) -> dict:
        try:
            said, _ = self._process.communicate(timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"some of {_READS} stuck reads have not ended after {limit:.0f} s more") from error
        return json.loads(said)


def measure(trial: Trial, load: Load) -> None:
    """Calls are timed before the server stalls, and again while all those reads wait for it."""
    timeout = 6 if trial.short else 20
    seconds = 2 if trial.short else 10
    load.heads = ("what is done", "p50", "p99", "most", "p50 then", "p99 then", "most then")
    release = trial.folder / "release"
    make_release(trial.binaries, release, _SIZE)
    trial = dataclasses.replace(trial, release=release)
    truth = true_files(trial.binaries, trial.release)
    with standing(trial.binaries, trial.release, trial.folder / "site") as site:
        site.mount("--read-timeout", str(timeout), "--memory", f"{MEMORY}M")
        before = _timed(site, seconds, timeout)
        site.emulator.set("fault=stall:0@data\n")
        with _Stuck(site, trial.seed) as stuck:
            time.sleep(0.5)
            waiting = site.status["fetching"]["waiting_reads"]
            during = _timed(site, seconds, timeout)
            found = stuck.finish(3 * timeout + 30)
        for call, words in _CALLS.items():
            _judge(load, words, before[call], during[call])
        load.words = (
            f"with `--read-timeout {timeout}` {_READS:,} reads ended with {_words(found['errors'])}, after "
            f"{found['shortest']:.1f} to {found['longest']:.1f} s; {waiting:,} had reached the daemon in half a second")
        if found["errors"] != {"ETIMEDOUT": _READS}:
            load.faults.append("not all of them ended with ETIMEDOUT")
        load.judge_longest(found["longest"], "stuck", timeout)
        site.emulator.set("fault=\n")
        mend(load, site, truth, trial.seed)
        load.note_memory(site)


def _timed(site: Site, seconds: float, timeout: float) -> dict[str, list[float]]:
    said = program(
        "stuck_reader", "time", site.package, _KEPT, site.small, site.package.parent, seconds,
        limit=seconds + 4 * timeout + 30)
    return json.loads(said)


def _judge(load: Load, words: str, before: list[float], during: list[float]) -> None:
    figures = [(percentile(each, 50), percentile(each, 99), max(each)) for each in (before, during)]
    load.rows.append((words, *(f"{seconds * 1000:.2f} ms" for three in figures for seconds in three)))
    for share, more in _MORE.items():
        usual, then = percentile(before, share), percentile(during, share)
        if then > TIMES * usual + more:
            load.faults.append(f"to {words} took {then * 1000:.1f} ms (p{share}), not {usual * 1000:.1f} ms")


def _words(errors: dict[str, int]) -> str:
    return ", ".join(f"{name} {count} times" for name, count in sorted(errors.items()))
