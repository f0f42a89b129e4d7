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
_LATENCY = (Column("p50, ms", "p50_ms", 2), Column("p99, ms", "p99_ms", 2))
_PROCESSOR = Column("processor s a GiB", "cpu_s_gib", 2)
_PEAK = Column("peak MiB", "peak_mib", 0)

TABLES = [
    Table(
        "first", "The first 4 KiB",
        "Opening and reading 4 KiB of a package that has been listed (`ls -l`) and not read. curl: the same "
        "range on a connection that is open.",
        (Column("ms", "ms", 1), Column("round trips", "round_trips", 2)),
    ),
    Table(
        "sequential", "Sequential, cold",
        "A whole package over at most {connections} connections: {package} MB, on the link of 150 ms another one of "
        "{far} MB. Peers read the same, and are stopped after {patience} s. curl: as many processes, a part each.",
        (Column("MB/s", "mb_s", 1), Column("of connections × rate", "share", 2)),
    ),
    Table(
        "copy", "Copying to disk, cold",
        "`cp` of all {package} MB to the local disk; peers are stopped after {patience} s. curl: "
        "{connections} processes, a file each. Null file system: `cp` of as many bytes that it has in memory, the kernel's "
        "side of a copy alone. Local file: `cp` of a file that is in memory.",
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
        "All {package} MB through a new mount out of the file system's own cache, which lies in the kernel's memory or "
        "on the disk alone. Null file system: from memory in both. Local file: the package itself, in memory or on the "
        "disk.",
        (_MB, Column("× null", "mb_s", 2, "null")), "cache, or local file",
    ),
    Table(
        "small", "Random 4 KiB, warm",
        "fio, four threads, psync; no place twice. Direct: past the kernel's cache. Buffered: through it "
        "while it is empty.",
        (Column("reads a second", "iops", 0), Column("× null", "iops", 2, "null"), *_LATENCY), "reads",
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
        _LATENCY, "cache",
    ),
    Table(
        "ready", "Mount to ready", "From the start of `fusfs MOUNTPOINT` to its end, when the mount answers.",
        (Column("ms", "ms", 0),), "cache",
    ),
    Table(
        "readers", "Several readers, warm", "fio: threads that read 128 KiB at random places of the package, "
        "O_DIRECT.",
        (_MB, Column("× null", "mb_s", 2, "null"), *_LATENCY, _PEAK), "readers",
    ),
    Table(
        "crowd", "Many readers in all files",
        "64 threads, each of which opens a file of the release again and again (the package, the server's bytes, the "
        "members, the images in them, packed and unpacked) and reads 128 KiB at a random place of it.",
        (_MB, *_LATENCY, Column("files", "files", 0), _PEAK, Column("limit MiB", "limit_mib", 0)), "`--memory`, MiB",
    ),
    Table(
        "releases", "Many releases in the cache",
        "fusfs: a cache that knows {many_releases} releases, each of which was visited once through a mount. One "
        "release: a cache that knows the one that is looked up. Empty: the server has to be asked for it.",
        (Column("mount, ms", "mount_ms", 0), Column("`ls` of the root, ms", "ls_ms", 1),
         Column("lookup, ms", "lookup_ms", 1), _PEAK),
    ),
    Table(
        "attributes", "Attributes",
        "`stat` by as many processes as there are cores: of one path, and of the packages of all {many_releases} "
        "releases, over and over; and of each of them once, when the kernel knows none of them. Local file: empty "
        "files of the same names on the disk. Where the kernel answers by itself the daemon takes no time.",
        (Column("a second", "per_second", 0), Column("× local", "per_second", 2, "local"),
         Column("µs of the daemon each", "daemon_us", 2), _PEAK), "paths",
    ),
]

SCALE_TABLES = [
    Table(
        "scale-copy", "Cold copies of several sizes",
        "Each package read to its end and dropped, unshaped, over at most {connections} connections, with a cache "
        "larger than it; the largest one also with a cache of {small_cache} MiB, and to the disk, which the cache is "
        "written to at the same time. First and last: the first and the last {step} MiB. curl: {connections} "
        "processes, into nothing. Local file: written to the same disk by the same program.",
        (_MB, Column("first", "first_mb_s", 0), Column("last", "last_mb_s", 0),
         Column("last over first", "last_over_first", 2), _PROCESSOR, _PEAK), "package",
    ),
    Table(
        "scale-warm", "Sequential, warm", "Out of a cache that lies on the disk alone, read to its end and dropped.",
        (_MB, _PROCESSOR, _PEAK), "package",
    ),
    Table(
        "scale-small", "Random 4 KiB, warm", "fio, four threads, O_DIRECT; the cache's file in memory.",
        (Column("reads a second", "iops", 0), *_LATENCY, _PROCESSOR, Column("mount to ready, ms", "ready_ms", 0), _PEAK),
        "package",
    ),
    Table(
        "scale-indexed", "Random 128 KiB in an indexed member",
        "{indexed_reads} reads at distinct places of the largest member, which was read to its end once.",
        (*_LATENCY, Column("processor ms a read", "cpu_ms", 2), _PEAK), "package",
    ),
    Table(
        "scale-readers", "Several readers, warm", "fio: threads that read 128 KiB at random places, O_DIRECT; the "
        "cache's file in memory.",
        (_MB, *_LATENCY, _PROCESSOR, _PEAK), "package",
    ),
]
