"""A mount that is about to end: its daemon in the foreground or in the background, on a terminal or without one."""

import os
import pty
import subprocess
from pathlib import Path

from Benchmarks.mounts import is_mounted
from Benchmarks.processes import BenchError, eventually

from .leftovers import clear
from .site import Site


class Scene:
    """A site whose daemon is in the foreground, a child of this process, or in the background."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.process: subprocess.Popen | None = None
        """The daemon, if it is a child of this process."""
        self.daemon = 0
        self._terminal: int | None = None

    def stand(self, inner: str = "") -> None:
        """Mounts in the foreground; with `inner` below a folder of this name."""
        if inner:
            self.move(self.site.folder / inner / "mount")
            self.site.path.mkdir(parents=True)
        self._start(self.site.command("-f"))

    def stand_behind(self) -> None:
        """Mounts in the background."""
        self.site.mount()
        self.daemon = self.site.daemon

    def stand_on_terminal(self, foreground: bool) -> None:
        """Mounts from a terminal, where its log goes to as well if it stays in the foreground."""
        command = self.site.command(*(["-f"] if foreground else []))
        if foreground:
            place = command.index("--log-file")
            del command[place:place + 2]
        self._terminal, terminal = pty.openpty()
        try:
            self._start(["setsid", "--ctty", *command], terminal)
        finally:
            os.close(terminal)
        if not foreground:
            self.process.wait(30)
            self.process = None

    def _start(self, command: list[str | Path], stream: int = subprocess.DEVNULL) -> None:
        self.process = subprocess.Popen(list(map(str, command)), stdin=stream, stdout=stream, stderr=stream)
        eventually(lambda: is_mounted(self.site.path) or self.process.poll() not in (None, 0), 30, "a mount")
        self.daemon = self.site.daemon

    def close_terminal(self) -> None:
        if self._terminal is not None:
            os.close(self._terminal)
            self._terminal = None

    def move(self, path: Path) -> None:
        """The mount is at another path from now on."""
        site, old = self.site, self.site.path
        site.path = path
        site.package, site.encrypted, site.member, site.small = (
            path / file.relative_to(old) for file in (site.package, site.encrypted, site.member, site.small))

    def close(self) -> None:
        """Ends what is left of it by force."""
        self.close_terminal()
        clear(self.site.folder)
        if self.process:
            self.process.wait(10)


def ask(*words: str | Path, limit: float = 30) -> subprocess.CompletedProcess:
    """Runs a program to its end, whatever that is."""
    try:
        return subprocess.run(
            list(map(str, words)), capture_output=True, text=True, errors="replace", timeout=limit,
            stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{Path(words[0]).name} hangs") from error
