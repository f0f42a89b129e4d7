"""What a run stands on: the server, the release's parts, the folders."""

import contextlib
import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import mounts
from .emulator import Emulator, make_release, serving
from .many import Many
from .processes import BenchError, run
from .release import bytes_before_end, largest_member, true_file, write_as_gzip
from .settings import FAR, MEBI, Settings

REPOSITORY = Path(__file__).resolve().parent.parent
BOOT = "AP/boot.img"


@dataclass
class Served:
    """A release that is served, and what is mounted of it."""

    settings: Settings
    binaries: Path
    peers: Path
    """A Python environment with asgard-fus."""
    folder: Path
    """All that the run makes of it; removed at its end."""
    emulator: Emulator
    null: Path
    """The null file system's program."""
    many: Many | None = field(default=None, kw_only=True)
    """A server of very many other releases, once a row has wanted it."""
    _filled: dict[str, Path] = field(default_factory=dict, kw_only=True)

    @property
    def member_name(self) -> str:
        """The package's largest member: AP."""
        return self.emulator.members["DEVICE_PDA_CODE1_FILE"]

    @property
    def package_size(self) -> int:
        """Bytes of the decrypted package."""
        return true_file(self.emulator.release, self.package_name)["size"]

    @property
    def package_name(self) -> str:
        return self.emulator.name.removesuffix(".enc4")

    def mount(
        self, contender: str, cache: Path, connections: int | None = None, options: Sequence[str] = ()
    ) -> contextlib.AbstractContextManager["mounts.Mount"]:
        """Mounts what a contender shows of the package; see `mounts.mounted`."""
        return mounts.mounted(self, contender, cache, connections or self.settings.connections, options)

    @contextlib.contextmanager
    def cold(
        self, contender: str, connections: int | None = None, options: Sequence[str] = ()
    ) -> Iterator["mounts.Mount"]:
        """A mount that has fetched nothing, of a release that has been listed."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="cache.") as cache:
            with self.mount(contender, Path(cache), connections, options) as mount:
                run(["ls", "-l", mount.package.parent], limit=60)
                yield mount

    def filled(self, contender: str, options: Sequence[str] = ()) -> Path:
        """A cache that holds the whole package, and for fusfs what one pass over the member leaves."""
        if contender not in self._filled:
            cache = self.folder / f"filled.{contender}"
            cache.mkdir()
            with self.mount(contender, cache, None, options) as mount:
                reads = [mount.package] + ([mount.member] if contender == "fusfs" else [])
                for path in reads:
                    read("sequential", path, limit=1800)
            self._filled[contender] = cache
        return self._filled[contender]


@dataclass
class Stage(Served):
    """A release of which the parts are local files too."""

    archive: Path
    """The package, decrypted, on the local disk."""
    member: zipfile.ZipInfo
    """The package's largest deflated member."""
    gzip: Path
    """The same deflate stream as a gzip file."""
    boot_end: int
    """Bytes of the package that lie before the end of boot.img."""
    far: Served
    """A release of its own that is always served on the far link, where all of a large one would take too long."""


@dataclass(frozen=True)
class Tools:
    """What a run is given."""

    settings: Settings
    binaries: Path
    peers: Path
    releases: Path | None
    """Where releases are kept for a later run; None to make them anew."""


@contextlib.contextmanager
def temporary(needed: int) -> Iterator[Path]:
    """A folder on a disk that has so many MiB free; gone when the block ends."""
    with contextlib.ExitStack() as ending:
        folder = Path(tempfile.mkdtemp(prefix="fusfs-bench.")).resolve()
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        free = shutil.disk_usage(folder).free // MEBI
        if free < needed:
            raise BenchError(f"{folder.parent} has {free} MiB free, and {needed} are needed; set TMPDIR or SIZE")
        yield folder


def release_folder(folder: Path, size: int) -> Path:
    """Where a release of so many MiB is made."""
    return folder / f"release-{size}"


@contextlib.contextmanager
def served(tools: Tools, folder: Path, size: int, null: Path) -> Iterator[Served]:
    """Serves a release of so many MiB, which is made first unless an earlier run has left it."""
    folder.mkdir(exist_ok=True)
    release = release_folder(tools.releases or folder, size)
    if not release.exists():
        print(f"Making a release of {size} MiB", file=sys.stderr)
        unfinished = release.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_release(tools.binaries, unfinished, size)
        unfinished.rename(release)
    with serving(tools.binaries, [release], folder / "emulator.log") as emulator:
        yield Served(tools.settings, tools.binaries, tools.peers, folder, emulator, null)


def build_null(folder: Path) -> Path:
    """Builds the null file system."""
    program = folder / "null-file-system"
    flags = run(["pkg-config", "--cflags", "--libs", "fuse3"]).split()
    source = REPOSITORY / "Benchmarks/null-file-system.c"
    run(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", program, *flags], limit=120)
    return program


def _copy_out(stage: Served, archive: Path) -> None:
    """The package, decrypted by fusfs, and held against what its maker wrote down."""
    with stage.cold("fusfs") as mount:
        run(["cp", mount.package, archive], limit=900)
    check_package(stage, archive)


def check_package(stage: Served, copy: Path) -> None:
    """Holds a copy of the package against what its maker wrote down."""
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != true_file(stage.emulator.release, stage.package_name)["sha256"]:
        raise BenchError(f"the copy of {stage.package_name} differs from what its maker wrote down")


@contextlib.contextmanager
def prepared(tools: Tools) -> Iterator[Stage]:
    """Makes and serves a release and its parts; everything is gone when the block ends."""
    settings = tools.settings
    with contextlib.ExitStack() as ending:
        folder = ending.enter_context(temporary(12 * settings.size + 5120))
        base = ending.enter_context(served(tools, folder, settings.size, build_null(folder)))
        far = ending.enter_context(served(tools, folder / "far", settings.far_size, base.null))
        far.emulator.shape(FAR)
        archive, gzip = folder / "package.zip", folder / "member.gz"
        _copy_out(base, archive)
        member = largest_member(archive)
        write_as_gzip(archive, member, gzip)
        boot_end = bytes_before_end(REPOSITORY / "Tests/packages", archive, member.filename, "boot.img.lz4")
        yield Stage(
            settings, tools.binaries, tools.peers, folder, base.emulator, base.null, archive, member, gzip, boot_end,
            far)


def read(*arguments: str | Path, limit: float = 600, program: str = "reader") -> dict:
    """Runs the reader, or another of the benchmark's programs, and gives what it found out."""
    return json.loads(run([sys.executable, "-m", f"Benchmarks.{program}", *map(str, arguments)], limit))
