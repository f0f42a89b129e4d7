"""Very many releases: a server that has them, and a cache in which each was visited once."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from .emulator import Emulator, make_release, serving
from .mounts import Mount
from .processes import BenchError

REGIONS = ("AUT", "BTU", "DBT", "EUX", "ITV", "NEE", "PHE", "SEB", "SER", "XEF")
BUILDS = 10
"""Releases of each model and region."""
BATCH = 500
"""How many an emulator serves at a time: it looks through all of them for each answer."""
_SIZE = 16
"""MiB of each release's package, the least that can be made."""
_VISITORS = 8


def make_releases(binaries: Path, folder: Path, number: int) -> list[Path]:
    """Folders of so many releases: ten of each model and region, in ten regions.

    A version's package is made once. All models and regions have it by a hard link under a name of their own, which is
    enough for them to be different packages to a client; the key follows from the version alone, and fits.
    """
    packages = [folder / f"build-{build}" for build in range(BUILDS)]
    for build, package in enumerate(packages):
        make_release(binaries, package, _SIZE, version=f"A207FXXU2CUI{build}")
    descriptions = [json.loads((package / "release.json").read_text()) for package in packages]
    made = []
    for index in range(number):
        device, build = divmod(index, BUILDS)
        model, region = f"SM-A{200 + device // len(REGIONS)}F", REGIONS[device % len(REGIONS)]
        old = descriptions[build]["binary_name"]
        names = {"model": model, "region": region, "binary_name": f"{model}_{region}_{old.split('_', 1)[1]}"}
        release = folder / f"{model}-{region}-{build}"
        release.mkdir()
        os.link(packages[build] / old, release / names["binary_name"])
        (release / "release.json").write_text(json.dumps(descriptions[build] | names))
        made.append(release)
    return made


def package_paths(releases: list[Path]) -> list[str]:
    """Where a mount shows the decrypted packages."""
    paths = []
    for folder in releases:
        description = json.loads((folder / "release.json").read_text())
        pda = description["version"].split("/")[0]
        name = description["binary_name"].removesuffix(".enc4")
        paths.append(f"{description['model']}/{description['region']}/{pda}/{name}")
    return paths


def visit(mountpoint: Path, paths: list[str]) -> None:
    """Asks for the size of each package, for which the client has to ask the server about each release and to fetch the
    end of its package."""

    def size(path: str) -> int:
        return os.stat(mountpoint / path).st_size

    with ThreadPoolExecutor(_VISITORS) as visitors:
        found = set(visitors.map(size, paths))
    if 0 in found:
        raise BenchError("a package of one of the many releases is empty")


@dataclass
class Many:
    """A server of very many releases, and caches that know some of them."""

    binaries: Path
    folder: Path
    releases: list[Path]
    """Folders; the first is that of the release which is looked up."""
    paths: list[str]
    """Where a mount shows their packages."""
    port: int = 0
    """The same for all that serve them: what was said by another address is not used."""

    def serving(self, first: int = 0) -> AbstractContextManager[Emulator]:
        """Serves a part of them, from the one with a number on."""
        part = self.releases[first:first + BATCH]
        return serving(self.binaries, part, self.folder / "emulator.log", self.port)

    def fill(
        self, cache: Path, number: int, mount: Callable[[Emulator, Path], AbstractContextManager[Mount]]
    ) -> None:
        """Visits the first so many of them through mounts with this cache."""
        for first in range(0, number, BATCH):
            with self.serving(first) as emulator:
                self.port = emulator.port
                with mount(emulator, cache) as mounted:
                    visit(mounted.path, self.paths[first:min(first + BATCH, number)])


def prepared(binaries: Path, folder: Path, number: int) -> Many:
    """Makes so many releases in a new folder."""
    folder.mkdir()
    releases = make_releases(binaries, folder, number)
    return Many(binaries, folder, releases, package_paths(releases))
