"""Two small releases to judge by, without a mount."""

import hashlib
from pathlib import Path

from Reliability.model.published import Release, TrueFile

NEW, OLD = "A207FXXU2CUI2", "A207FXXU1BTK1"


def releases(folder: Path) -> list[Release]:
    """The newer one first; their files lie below `folder`."""
    return [_made(folder, version) for version in (NEW, OLD)]


def _made(folder: Path, version: str) -> Release:
    files = {
        f"{version}.zip.enc4": 3 << 20, f"{version}.zip": (3 << 20) - 8, f"AP_{version}.tar.md5": 2 << 20,
        f"BL_{version}.tar.md5": 90_000, "AP/boot.img.lz4": 40_000, "AP/boot.img": 50_000, "AP/super.img": 2 << 20,
        "AP/super/system.img": 1 << 20, "BL/sboot.bin": 30_000,
    }
    true = {}
    for path, size in files.items():
        seed = hashlib.sha256(f"{version}/{path}".encode()).digest()
        content = (seed * (size // len(seed) + 1))[:size]
        place = folder / version / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        true[path] = TrueFile(size, hashlib.sha256(content).hexdigest())
    return Release(version, true, folder / version, folder / version)
