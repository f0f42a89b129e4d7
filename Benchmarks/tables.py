"""The page's tables: which quantities of each row, and in which words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A quantity, or its ratio to that of a reference in the same round."""

    title: str
    quantity: str
    digits: int
    reference: str = ""


@dataclass(frozen=True)
class Table:
    """A row's figures."""

    row: str
    title: str
    text: str
    """Names amounts in braces."""
    columns: tuple[Column, ...]
    variant: str = ""
    """What the variants are, where there are several."""


_MB = Column("MB/s", "mb_s", 0)

TABLES = [
    Table(
        "first", "The first 4 KiB",
        "Opening and reading 4 KiB of a package that has been listed (`ls -l`) and not read. curl: the same "
        "range on a connection that is open.",
        (Column("ms", "ms", 1), Column("round trips", "round_trips", 2)),
    ),
    Table(
        "sequential", "Sequential, cold",
        "The package from its beginning over at most {connections} connections: all {package} MB, on the link "
        "of 150 ms the last {far} MB. Peers are stopped after {patience} s. curl: as many processes, a part "
        "each.",
        (Column("MB/s", "mb_s", 1), Column("of connections × rate", "share", 2)),
    ),
    Table(
        "copy", "Copying to disk, cold",
        "`cp` of all {package} MB to the local disk; peers are stopped after {patience} s. curl: "
        "{connections} processes, a file each. Local file: `cp` of a file that is in memory.",
        (_MB, Column("× curl", "mb_s", 2, "curl")),
    ),
    Table(
        "random", "Random 128 KiB, cold",
        "{random_reads} reads at distinct places of the package, one after the other, with O_DIRECT. Fetched "
        "counts until after the unmount. curl: the same ranges on one connection that is open.",
        (Column("mean, ms", "ms", 0), Column("round trips", "round_trips", 2),
         Column("fetched over useful", "fetched", 2)),
    ),
    Table(
        "boot", "boot.img out of a cold release",
        "`cp` of `AP/boot.img` through a new mount; {boot_end} MB of the package lie before its end. "
        "asgard-fus: the same image out of the same server.",
        (Column("seconds", "seconds", 2), Column("fetched, MB", "fetched_mb", 1),
         Column("over what lies before", "over", 2)),
    ),
    Table(
        "sweep", "Connections",
        "Sequential, cold, over other numbers of connections, and so much of the package as the link brings "
        "in the same time.",
        (Column("MB/s", "mb_s", 1), Column("of connections × rate", "share", 2)), "connections",
    ),
    Table(
        "warm", "Sequential, warm",
        "All {package} MB out of the file system's own cache, which lies on the disk alone: the kernel's is "
        "dropped before.",
        (_MB, Column("× null", "mb_s", 2, "null")),
    ),
    Table(
        "small", "Random 4 KiB, warm",
        "fio, four threads, psync; no place twice. Direct: past the kernel's cache. Buffered: through it "
        "while it is empty.",
        (Column("reads a second", "iops", 0), Column("× null", "iops", 2, "null"), Column("p99, ms", "p99_ms", 2)),
        "reads",
    ),
    Table(
        "member", "A deflated member, warm",
        "The package's largest member, {deflated} MB deflated and {member} MB plain, from its first byte to "
        "its last. igzip: the same deflate stream as a gzip file, through a pipe of 1 MiB to the same reader; "
        "and to nobody.",
        (_MB, Column("× igzip", "mb_s", 2, "igzip")), "cache, or gzip file",
    ),
    Table(
        "indexed", "Random 128 KiB in an indexed member",
        "{indexed_reads} reads at distinct places with O_DIRECT of the same member, which was read to its end "
        "once before this mount.",
        (Column("p50, ms", "p50_ms", 2), Column("p99, ms", "p99_ms", 2)), "cache",
    ),
    Table(
        "ready", "Mount to ready", "From the start of `fusfs MOUNTPOINT` to its end, when the mount answers.",
        (Column("ms", "ms", 0),), "cache",
    ),
    Table(
        "readers", "Several readers, warm", "fio: threads that read 128 KiB at random places of the package, "
        "O_DIRECT.",
        (_MB, Column("× null", "mb_s", 2, "null"), Column("peak MiB", "peak_mib", 0)), "readers",
    ),
]
