"""What a run stands on: the server, the release's parts, the folders."""

import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import mounts
from .emulator import Emulator, make_release, serving
from .processes import BenchError, run
from .release import bytes_before_end, largest_member, true_file, write_as_gzip
from .settings import MEBI, Settings

REPOSITORY = Path(__file__).resolve().parent.parent
BOOT = "AP/boot.img"


@dataclass
class Stage:
    """A release that is served, and its parts as local files."""

    settings: Settings
    binaries: Path
    peers: Path
    """A Python environment with asgard-fus."""
    folder: Path
    """All that the run makes; removed at its end."""
    emulator: Emulator
    null: Path
    """The null file system's program."""
    archive: Path
    """The package, decrypted, on the local disk."""
    member: zipfile.ZipInfo
    """The package's largest deflated member."""
    gzip: Path
    """The same deflate stream as a gzip file."""
    boot_end: int
    """Bytes of the package that lie before the end of boot.img."""
    _filled: dict[str, Path] = field(default_factory=dict)

    def mount(
        self, contender: str, cache: Path, connections: int | None = None
    ) -> contextlib.AbstractContextManager["mounts.Mount"]:
        """Mounts what a contender shows of the package; see `mounts.mounted`."""
        return mounts.mounted(self, contender, cache, connections or self.settings.connections)

    @contextlib.contextmanager
    def cold(self, contender: str, connections: int | None = None) -> Iterator["mounts.Mount"]:
        """A mount that has fetched nothing, of a release that has been listed."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="cache.") as cache:
            with self.mount(contender, Path(cache), connections) as mount:
                run(["ls", "-l", mount.package.parent], limit=60)
                yield mount

    def filled(self, contender: str) -> Path:
        """A cache that holds the whole package, and for fusfs what one pass over the member leaves."""
        if contender not in self._filled:
            cache = self.folder / f"filled.{contender}"
            cache.mkdir()
            with self.mount(contender, cache) as mount:
                reads = [mount.package] + ([mount.member] if contender == "fusfs" else [])
                for path in reads:
                    run([sys.executable, "-m", "Benchmarks.reader", "sequential", path], limit=900)
            self._filled[contender] = cache
        return self._filled[contender]


def _build_null(folder: Path) -> Path:
    program = folder / "null-file-system"
    flags = run(["pkg-config", "--cflags", "--libs", "fuse3"]).split()
    source = REPOSITORY / "Benchmarks/null-file-system.c"
    run(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", program, *flags], limit=120)
    return program


def _copy_out(stage: Stage) -> None:
    """The package, decrypted by fusfs, and held against what its maker wrote down."""
    with stage.cold("fusfs") as mount:
        run(["cp", mount.package, stage.archive], limit=900)
        name = mount.package.name
    with stage.archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != true_file(stage.emulator.release, name)["sha256"]:
        raise BenchError(f"the copy of {name} differs from what its maker wrote down")


@contextlib.contextmanager
def prepared(settings: Settings, binaries: Path, peers: Path) -> Iterator[Stage]:
    """Makes and serves a release; everything is gone when the block ends."""
    with contextlib.ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="fusfs-bench.")).resolve()
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        free = shutil.disk_usage(folder).free // MEBI
        needed = 12 * settings.size
        if free < needed:
            raise BenchError(f"{folder.parent} has {free} MiB free, and {needed} are needed; set TMPDIR or SIZE")
        make_release(binaries, folder / "release", settings.size)
        emulator = ending.enter_context(serving(binaries, folder / "release", folder / "emulator.log"))
        stage = Stage(
            settings, binaries, peers, folder, emulator, null=_build_null(folder), archive=folder / "package.zip",
            member=zipfile.ZipInfo(), gzip=folder / "member.gz", boot_end=0,
        )
        _copy_out(stage)
        stage.member = largest_member(stage.archive)
        write_as_gzip(stage.archive, stage.member, stage.gzip)
        stage.boot_end = bytes_before_end(
            REPOSITORY / "Tests/packages", stage.archive, stage.member.filename, "boot.img.lz4")
        yield stage


def read(*arguments: str | Path, limit: float = 600) -> dict:
    """Runs the reader and gives what it found out."""
    return json.loads(run([sys.executable, "-m", "Benchmarks.reader", *map(str, arguments)], limit))
