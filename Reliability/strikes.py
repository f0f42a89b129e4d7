"""How a fault is made to strike, and to end."""

import os
import signal
import time

from Benchmarks.emulator import VERSION

from .matrix import CONTROL, DOWNLOADS, EXACT, FIRST_USE, Cell
from .site import Site
from .wire import OTHER_NAME, certify, outdated, speaking

_STRIKES = 3
_REMEMBERED = 61.0
"""Seconds after which a name is asked for again: libcurl remembers its address for a minute."""
_NAME = "firmware.invalid"
_TLS = ("trusted", "certificate", "misnamed", "outdated")
_LIMITS = {
    "parallel": "parallel=1", "crowded": "parallel=1", "lapse-bytes": "lapse-bytes=4M", "lapse-after": "lapse-after=1s"}
"""Faults that are limits of the emulator."""


def prepare(site: Site, cell: Cell) -> None:
    """Makes what must be there before the first mount."""
    is_first = cell.moment == FIRST_USE
    match cell.fault.name:
        case "forgotten" | "lost": site.relay()
        case "clock+" | "clock-": site.take_clock()
        case "redirect": site.record()
        case "name" if not is_first: site.relay_by_name(_NAME)
        case name if name in _TLS:
            certify(site.folder / "other", OTHER_NAME if name == "misnamed" else None)
            if name in ("trusted", "misnamed"):
                site.trust(site.folder / "other")
            if not is_first:
                certify(site.folder / "good")
                site.trust(site.folder / "good")
                site.relay(speaking(site.folder / "good"))


def begin(site: Site, cell: Cell) -> None:
    """Lets the fault strike from now on."""
    match cell.fault.name:
        case "refused": site.stop_server()
        case "frozen": os.kill(site.emulator.process_id, signal.SIGSTOP)
        case "clock+": site.set_clock(86_400)
        case "clock-": site.set_clock(-86_400)
        case "forgotten": site.wire.forget()
        case "lost": site.wire.lose()
        case "withdrawn": site.emulator.set(f"withdraw={VERSION}\n")
        case "name": _lose_name(site, cell)
        case name if name in _TLS:
            context = (outdated if name == "outdated" else speaking)(site.folder / "other")
            if cell.moment == FIRST_USE:
                site.relay(context)
            else:
                site.wire.change(context)
        case name if name in _LIMITS: site.emulator.set(f"{_LIMITS[name]}\n")
        case name: site.emulator.set(_lines(f"{name}:{site.recorder.url}" if name == "redirect" else name, cell))


def _lose_name(site: Site, cell: Cell) -> None:
    if cell.moment == FIRST_USE:
        site.url = f"http://{_NAME}:{site.emulator.port}/"
        return
    site.know_name(False)
    time.sleep(_REMEMBERED)
    site.wire.cut()


def _lines(fault: str, cell: Cell) -> str:
    """What the emulator is told."""
    line = f"fault={fault}@{cell.place}{'' if cell.lasts else f'x{_STRIKES}'}\n"
    return line + ("lapse-bytes=1M\n" if cell.lapses else "")


def has_struck(site: Site, cell: Cell, outcome: str) -> bool:
    """Whether anything came of it: some reply, a connection that was silent, or a reader's error."""
    match cell.fault.name:
        case "parallel" | "crowded": return site.emulator.answered(429) > 0
        case "lapse-bytes" | "lapse-after": return site.emulator.answered(401) > 0
        case "forgotten": return site.wire.has_withheld
        case _ if cell.place in CONTROL + DOWNLOADS: return site.emulator.struck() > 0
        case _: return outcome != EXACT or not cell.fault.outcomes


def end(site: Site, cell: Cell) -> None:
    """Takes the fault away."""
    match cell.fault.name:
        case "refused": site.start_server()
        case "frozen": os.kill(site.emulator.process_id, signal.SIGCONT)
        case "clock+" | "clock-": site.set_clock(0)
        case "forgotten": pass
        case "lost": site.wire.restore()
        case "withdrawn": site.emulator.set(f"latest={VERSION}\n")
        case "name" if cell.moment != FIRST_USE: site.know_name(True)
        case name if name in _TLS and cell.moment != FIRST_USE: site.wire.change(speaking(site.folder / "good"))
        case name if name == "name" or name in _TLS:
            site.url = site.emulator.url
            site.unmount()
            site.mount()
        case _: site.emulator.set("fault=\nlapse-bytes=off\nlapse-after=off\nparallel=off\nrate=off\n")
