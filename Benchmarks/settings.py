"""What a run measures: sizes, rounds, links."""

from dataclasses import dataclass

MEBI = 1 << 20
MEMORY = 256.0
"""MiB that fusfs may have by default, and what `--memory` is by default."""
MEMORY_MARGIN = 64.0
"""MiB that any load may take beyond `--memory`."""


@dataclass(frozen=True)
class Link:
    """A line to the server, as the emulator shapes it."""

    name: str
    title: str
    latency: float = 0.0
    """Seconds before every answer: a round trip."""
    rate: float | None = None
    """Bytes per second of each connection; None for as fast as it can."""


UNSHAPED = Link("unshaped", "unshaped")
NEAR = Link("near", "30 ms, 20 MB/s a connection", 0.030, 20e6)
FAR = Link("far", "150 ms, 3 MB/s a connection", 0.150, 3e6)
LINKS = {link.name: link for link in (UNSHAPED, NEAR, FAR)}


def size_title(mebibytes: int) -> str:
    return f"{mebibytes // 1024} GiB" if mebibytes % 1024 == 0 else f"{mebibytes} MiB"


@dataclass(frozen=True)
class Settings:
    """The measure of a run."""

    quick: bool
    size: int
    """MiB of the release."""
    rounds: int
    connections: int = 8
    """Of fusfs, and of curl beside it."""

    @property
    def far_size(self) -> int:
        """MiB of the release whose whole package is read on the far link."""
        return 64 if self.quick else 380

    @property
    def peer_patience(self) -> float:
        """Seconds after which a cold sequential read or copy of a peer ends; what came until then counts."""
        return 2.5 if self.quick else 5.0

    def patience(self, contender: str) -> float:
        """The same for any contender: fusfs reads to the end."""
        return 600.0 if contender == "fusfs" else self.peer_patience

    def random_patience(self, contender: str) -> float:
        """Seconds after which cold random reads end."""
        return 600.0 if contender == "fusfs" else 2 * self.peer_patience

    @property
    def random_reads(self) -> int:
        """Cold reads at random places."""
        return 12 if self.quick else 40

    @property
    def indexed_reads(self) -> int:
        """Reads at random places of an indexed member."""
        return 100 if self.quick else 400

    @property
    def fio_seconds(self) -> float:
        """The most that fio reads for."""
        return 2.0 if self.quick else 5.0

    @property
    def crowd_seconds(self) -> float:
        """For how long many readers read in all files, and how long attributes are asked for."""
        return 1.0 if self.quick else 8.0

    @property
    def many_releases(self) -> int:
        """How many releases a full cache knows."""
        return 500 if self.quick else 5000

    @property
    def sizes(self) -> tuple[int, ...]:
        """MiB of the releases that are compared by their size."""
        return (128, 256, 640) if self.quick else (1024, 4096, 10240)

    @property
    def step(self) -> int:
        """Bytes of a large copy that are timed as its first and as its last part."""
        return self.sizes[0] * MEBI

    @property
    def small_cache(self) -> int:
        """MiB of a cache that the largest release does not fit in."""
        return self.sizes[-1] // 5

    @property
    def sweep_seconds(self) -> float:
        """For how long the link alone would take over what is read at each number of connections."""
        return 1.0 if self.quick else 4.0
