"""What a run measures: sizes, rounds, links."""

from dataclasses import dataclass

MEBI = 1 << 20


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
    def far_bytes(self) -> int:
        """How much of the package is read on the far link."""
        return min(100_000_000 if self.quick else 400_000_000, self.size * MEBI * 9 // 10)

    @property
    def peer_patience(self) -> float:
        """Seconds after which a cold sequential read or copy of a peer ends; what came until then counts."""
        return 2.5 if self.quick else 10.0

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
    def sweep_seconds(self) -> float:
        """For how long the link alone would take over what is read at each number of connections."""
        return 1.5 if self.quick else 4.0
