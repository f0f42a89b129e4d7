"""How a mount can end, or be asked to: what is done to it, and what must come of it."""

import os
import shlex
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from Benchmarks.mounts import is_mounted
from Benchmarks.processes import BenchError, eventually, has_ended, started

from .scene import Scene, ask
from .site import LATE, READ_TIMEOUT, REPOSITORY

PAUSE = READ_TIMEOUT + 1.5
"""Seconds for which a daemon is suspended."""
_UNIT = REPOSITORY / "mount-examples/fusfs.service"


class Fate(Enum):
    """What must become of the mount."""

    ENDS = "ends"
    """At once, and its daemon with it; whoever reads gets an error."""
    LINGERS = "lingers"
    """Nobody sees it any more; whoever has a file open reads on, and the daemon ends after the last of them."""
    STAYS = "stays"
    """All goes on, and whoever asked for its end is refused in words."""
    DIES = "dies"
    """Its daemon has no chance to clean up, and the next mount does."""


@dataclass(frozen=True)
class Way:
    """One way."""

    name: str
    fates: tuple[Fate, Fate, Fate]
    """While it is idle, while a copy runs, and while a read is stuck."""
    act: Callable[[Scene], str]
    """Does it; what is not as it must be, or nothing."""
    stand: Callable[[Scene], None] = Scene.stand
    status: int = 0
    """With which the daemon must end."""
    takes_root: bool = False
    silence: float = 0
    """Seconds for which it keeps the daemon from answering."""


_ENDS, _STAYS = (Fate.ENDS,) * 3, (Fate.STAYS,) * 3
_UNLESS_BUSY = (Fate.ENDS, Fate.STAYS, Fate.STAYS)
_LAZILY = (Fate.ENDS, Fate.LINGERS, Fate.LINGERS)


def _signal(number: int) -> Callable[[Scene], str]:
    def act(scene: Scene) -> str:
        os.kill(scene.daemon, number)
        return ""
    return act


def _close_terminal(scene: Scene) -> str:
    scene.close_terminal()
    return ""


def _unmount(*words: str) -> Callable[[Scene], str]:
    """What unmounts, and says so in words where it may not."""

    def act(scene: Scene) -> str:
        program = [str(scene.site.binaries / "fusfs") if word == "fusfs" else word for word in words]
        done = ask(*program, scene.site.path)
        if done.returncode == 0:
            return f"{words[0]} says nothing, and it is mounted" if is_mounted(scene.site.path) else ""
        if "busy" in done.stderr or "is in use" in done.stderr:
            return ""
        return f"{words[0]} says: {done.stderr.strip()}"
    return act


def _suspend(scene: Scene) -> str:
    """For longer than a read may take; who asks meanwhile is answered afterwards."""
    os.kill(scene.daemon, signal.SIGSTOP)
    with started(["ls", scene.site.package.parent], scene.site.folder / "listed") as listing:
        time.sleep(PAUSE)
        os.kill(scene.daemon, signal.SIGCONT)
        status = listing.wait(READ_TIMEOUT + LATE)
    return f"a listing ends with {status}" if status else ""


def _rename(scene: Scene) -> str:
    """The folder above gets another name; the mount must work under that, and end with nothing left."""
    path = scene.site.path
    path.parent.rename(path.parent.with_name("renamed"))
    scene.move(path.parent.with_name("renamed") / path.name)
    wrong = "" if scene.site.status["process"] == scene.daemon else "it does not answer under its new name"
    os.kill(scene.daemon, signal.SIGTERM)
    return wrong


def _remove(scene: Scene) -> str:
    """Not to be had while it is seen to be mounted on; from another view of the file systems it is."""
    path = scene.site.path
    try:
        path.rmdir()
        return "the directory could be removed"
    except OSError:
        pass
    done = ask("unshare", "--mount", "sh", "-c", 'umount "$0" && rmdir "$0"', path)
    return "" if done.returncode == 0 else f"it could not be removed: {done.stderr.strip()}"


def _stop_service(scene: Scene) -> str:
    """What systemd does with the unit among the examples: its command, a signal to what is left, its last command."""
    lines = [line.partition("=") for line in _UNIT.read_text().splitlines()]
    settings = {name: value for name, _, value in lines}

    def run(command: str) -> None:
        words = shlex.split(command.lstrip("-"))
        words[0] = str(scene.site.binaries / "fusfs") if words[0].endswith("/fusfs") else words[0]
        ask(*(str(scene.site.path) if word == "/mnt/fus" else word for word in words), limit=60)

    run(settings["ExecStop"])
    wrong = ""
    if not has_ended(scene.daemon):
        os.kill(scene.daemon, getattr(signal, settings.get("KillSignal", "SIGTERM")))
        try:
            eventually(lambda: has_ended(scene.daemon), float(settings["TimeoutStopSec"]), "the end of the service")
        except BenchError as error:
            wrong = str(error)
    run(settings["ExecStopPost"])
    return wrong


def _mount_again(scene: Scene) -> str:
    start = time.monotonic()
    done = ask(*scene.site.command())
    took = time.monotonic() - start
    if done.returncode != 1 or "has a file system mounted on it already" not in done.stderr:
        return f"the second ends with {done.returncode} and says: {done.stderr.strip()}"
    return f"the second took {took:.1f} s" if took > READ_TIMEOUT + LATE else ""


WAYS = (
    Way("SIGTERM", _ENDS, _signal(signal.SIGTERM)),
    Way("SIGINT", _ENDS, _signal(signal.SIGINT)),
    Way("SIGHUP", _ENDS, _signal(signal.SIGHUP)),
    Way("terminal closed, in the foreground", _ENDS, _close_terminal, lambda scene: scene.stand_on_terminal(True)),
    Way("terminal closed, in the background", _STAYS, _close_terminal, lambda scene: scene.stand_on_terminal(False)),
    Way("fusfs unmount", _UNLESS_BUSY, _unmount("fusfs", "unmount")),
    Way("fusermount3 -u", _UNLESS_BUSY, _unmount("fusermount3", "-u")),
    Way("fusermount3 -uz", _LAZILY, _unmount("fusermount3", "-uz")),
    Way("umount, by root", _UNLESS_BUSY, _unmount("umount"), takes_root=True),
    Way("suspended and resumed", _STAYS, _suspend, silence=PAUSE),
    Way("folder above renamed, then SIGTERM", _ENDS, _rename, lambda scene: scene.stand("above")),
    Way("mount point removed", _LAZILY, _remove, takes_root=True),
    Way("what systemctl stop does by the unit file, without systemd", _ENDS, _stop_service, Scene.stand_behind),
    Way("kill -9", (Fate.DIES,) * 3, _signal(signal.SIGKILL), status=-signal.SIGKILL),
    Way("a second fusfs", _STAYS, _mount_again),
)
