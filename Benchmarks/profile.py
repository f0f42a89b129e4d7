"""Which part of the daemon each sample of a profile was taken in.

    python3 -m Benchmarks.profile shares <PERF-SCRIPT          prints {"samples": …, "parts": {PART: share}}
    python3 -m Benchmarks.profile table SHARES.json            prints a table of what scripts/profile.sh has gathered

The input is what `perf script -F ip,sym,dso` prints: for each sample its frames, the innermost first, then an empty
line.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

COPIES_KERNEL, COPIES = "copies in the kernel", "copies in the daemon"
FUSE, NETWORK, CURL, CACHE = "FUSE", "network", "curl", "cache: SQLite and files"
CRC, AES, INFLATE, LZ4 = "CRC", "AES and digests", "inflate", "LZ4"
MEMORY, LOCKS, RUNTIME, OWN, OTHER = (
    "allocation and page faults", "locks and waking", "Swift runtime", "fusfs' own code", "system call entry, other")
PARTS = (
    COPIES_KERNEL, COPIES, FUSE, NETWORK, CURL, CACHE, CRC, AES, INFLATE, LZ4, MEMORY, LOCKS, RUNTIME, OWN, OTHER)

Frame = tuple[str, str]
"""A symbol and the file that it is in."""

_FRAME = re.compile(r"^\s+[0-9a-f]+\s+(?P<symbol>.*?)\s+\((?P<file>[^()]*|\[[^\]]*\])\)\s*$")
_KERNEL = ("[kernel", "[guest")

# By the innermost symbol, in the kernel.
_KERNEL_COPIES = re.compile(
    r"^(_?copy_(to|from)_|copy_user|rep_movs|copy_page|copy_folio|__pi_memcpy|memcpy|_copy_|__copy_|clear_user)")
# By any symbol of the kernel's on the way there: the first pattern that fits.
_KERNEL_CHAINS = (
    (MEMORY, re.compile(r"page_fault|do_anonymous_page|^__do_sys_(munmap|mmap|madvise|brk)|^do_madvise|vm_m(un)?map")),
    (FUSE, re.compile(r"^fuse_|virtio_fs")),
    (NETWORK, re.compile(r"^(tcp_|inet6?_|sock_|ip_|__sys_(recv|send|connect)|net_rx|ep_|do_epoll)|eventfd")),
    (CACHE, re.compile(r"^(ext4_|xfs_|btrfs_|jbd2_|filemap_|generic_(file|perform)|vfs_(read|write|fsync)|do_fcntl)")),
    (LOCKS, re.compile(r"futex|^schedule|try_to_wake_up")),
)
# By the file that the innermost symbol is in.
_LIBRARIES = (
    ("libisal", INFLATE), ("libz.", INFLATE), ("libcrypto", AES), ("liblz4", LZ4), ("libxxhash", LZ4),
    ("libsqlite3", CACHE), ("libfuse3", FUSE), ("libcurl", CURL), ("libssl", CURL), ("libnghttp2", CURL),
    ("libstdc++", RUNTIME),
)
_ALLOCATION = re.compile(
    r"^(_int_|__libc_|__)?(malloc|free|cfree|calloc|realloc|memalign|posix_memalign|mmap|munmap|madvise|brk|sysmalloc)"
    r"|^(malloc_consolidate|unlink_chunk|tcache|systrim|arena_get|alloc_perturb)|swift_(slowA|slowDea|a|dea)lloc")
_COPYING = re.compile(r"mem(move|cpy|set|cmp|mem)|^bcopy|^bzero")
_LOCKING = re.compile(r"pthread_(mutex|cond|rwlock)|lll_lock|sem_|futex")
_RUNTIME = re.compile(r"^(_?swift_|swift::|\$s[sSBG])")


def _is_kernel(frame: Frame) -> bool:
    return frame[1].startswith(_KERNEL)


def part(frames: list[Frame]) -> str:
    """The part of a sample, by its frames, the innermost first."""
    symbol, file = frames[0]
    if _is_kernel(frames[0]):
        chain = [each[0] for each in frames if _is_kernel(each)]
        if _KERNEL_COPIES.search(symbol):
            return COPIES_KERNEL
        return next((name for name, pattern in _KERNEL_CHAINS if any(map(pattern.search, chain))), OTHER)
    if "crc32" in symbol.lower():
        return CRC
    name = file.rpartition("/")[2]
    for library, found in _LIBRARIES:
        if name.startswith(library):
            return found
    if name.startswith(("libc.", "libc-", "ld-linux")) or symbol.startswith("swift_"):
        for found, pattern in ((MEMORY, _ALLOCATION), (COPIES, _COPYING), (LOCKS, _LOCKING), (RUNTIME, _RUNTIME)):
            if pattern.search(symbol):
                return found
        return OTHER
    if name == "fusfs":
        return RUNTIME if _RUNTIME.search(symbol) else OWN
    return OTHER


def samples(lines: Iterable[str]) -> Iterator[list[Frame]]:
    """The frames of each sample; a sample of which nothing is known is left out."""
    frames: list[Frame] = []
    for line in lines:
        if found := _FRAME.match(line):
            frames.append((found["symbol"].partition("+0x")[0], found["file"]))
        elif not line.strip() and frames:
            yield frames
            frames = []
    if frames:
        yield frames


def shares(lines: Iterable[str]) -> dict:
    """How many samples there are, and which share of them each part has."""
    counts = Counter(map(part, samples(lines)))
    total = counts.total()
    return {"samples": total, "parts": {name: counts[name] / total for name in PARTS if counts[name]}}


def main(arguments: list[str]) -> int:
    match arguments:
        case ["shares"]:
            print(json.dumps(shares(sys.stdin)))
        case ["table", path]:
            from .explained import where_the_time_goes
            print("\n".join(where_the_time_goes(path=Path(path))[4:]))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
