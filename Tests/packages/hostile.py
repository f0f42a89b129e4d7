"""hostile.py KIND FILE: makes a ZIP that is wrong in one way, with a good member BL beside the bad one, AP.

AP holds `fine.img` before what is bad, and `last.img` behind it. KIND is one of the functions below."""

import hashlib
import random
import struct
import subprocess
import sys
import zlib

FINE, LAST, GOOD = b"fine\n" * 1000, b"last\n" * 1000, b"good\n" * 1000


# tar: a header of 512 bytes, the content in whole blocks of 512, two empty blocks at the end.


def header(name, size, kind=b"0", link=b"", size_field=None):
    field = size_field or b"%011o\0" % size
    start = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + field + b"14116000000\0"
    end = kind + link.ljust(100, b"\0") + b"ustar\0" + b"00" + bytes(32 + 32 + 8 + 8 + 155 + 12)
    checksum = sum(start) + sum(b" " * 8) + sum(end)
    return start + b"%06o\0 " % checksum + end


def entry(name, content=b"", **more):
    return header(name, len(content), **more) + content + bytes(-len(content) % 512)


def tar(*entries):
    return b"".join(entries) + bytes(1024)


def around(*entries):
    return tar(entry(b"fine.img", FINE), *entries, entry(b"last.img", LAST))


# ZIP: members as (name, content) or with what the records say changed.


def member(name, content, deflated=True, **changes):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush() if deflated else content
    says = dict(name=name, packed=packed, method=8 if deflated else 0, crc=zlib.crc32(content), size=len(content))
    says.update(local_name=name, packed_size=len(packed))
    says.update(changes)
    return says


def write_zip(path, *members):
    body, directory = b"", b""
    for m in members:
        fields = struct.pack("<HHHHHIII", 20, 0, m["method"], 0x39F0, 0x5328, m["crc"], m["packed_size"], m["size"])
        directory += b"PK\1\2" + struct.pack("<H", 20) + fields + struct.pack("<HHHHHII", len(m["name"]), 0, 0, 0, 0, 0, len(body))
        directory += m["name"]
        body += b"PK\3\4" + fields + struct.pack("<HH", len(m["local_name"]), 0) + m["local_name"] + m["packed"]
    count = len(members)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    with open(path, "wb") as file:
        file.write(body + directory + end)


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


def lz4(content, *options):
    return subprocess.run(["lz4", "-q", "-c", *options], input=content, stdout=subprocess.PIPE, check=True).stdout


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


# What is wrong.


def names():
    return member(AP, around(
        entry(b"../escape.bin", b"x"), entry(b"/absolute.bin", b"x"), entry(b"a/../../climbing.bin", b"x"),
        entry(b"control\1.bin", b"x"), entry(b"notutf\xff.bin", b"x"), entry(b"", b"x"), entry(b".", b"x"),
        entry(b"pointer.bin", kind=b"2", link=b"/etc/passwd"), entry(b"hardlink.bin", kind=b"1", link=b"fine.img"),
        entry(b"device.bin", kind=b"3"), entry(b"fifo.bin", kind=b"6"), entry(b"fine.img", b"a second one")))


def sparse_entry():
    return member(AP, around(entry(b"holes.img", b"x", kind=b"S")))


def size_beyond():
    return member(AP, tar(entry(b"fine.img", FINE), header(b"beyond.img", 1 << 32)) + bytes(4096))


def size_overflow():
    return member(AP, tar(entry(b"fine.img", FINE), header(b"beyond.img", 0, size_field=b"\xff" * 12)) + bytes(4096))


def bad_checksum():
    return member(AP, tar(entry(b"fine.img", FINE), flipped(entry(b"beyond.img", LAST), 3)))


def truncated_deflate():
    whole = member(AP, around(entry(b"large.img", noise(3 << 20))))
    packed = whole["packed"][: 2 << 20]
    return whole | dict(packed=packed, packed_size=len(packed))


def endless_deflate():
    # More comes out than the directory says.
    whole = member(AP, around(entry(b"large.img", bytes(64 << 20))))
    return whole | dict(size=1 << 20)


def lz4_block():
    image = noise(200_000)
    return member(AP, around(entry(b"flipped.img.lz4", flipped(lz4(image, "-B4", "-BX", "--content-size"), 100_000))))


def lz4_content():
    # The checksum of the content is the last thing in it.
    packed = lz4(noise(200_000), "-B4", "--content-size")
    return member(AP, around(entry(b"content.img.lz4", flipped(packed, len(packed) - 1))))


def lz4_cut():
    return member(AP, around(entry(b"cut.img.lz4", lz4(noise(200_000), "-B4", "--content-size")[:100_000])))


def sparse_sum():
    # A header of 28 bytes: 8 blocks of 4096, two chunks, whose blocks are 4 and 5.
    image = struct.pack("<IHHHHIIII", 0xED26FF3A, 1, 0, 28, 12, 4096, 8, 2, 0)
    image += struct.pack("<HHII", 0xCAC1, 0, 4, 12 + 4 * 4096) + noise(4 * 4096)
    image += struct.pack("<HHII", 0xCAC1, 0, 5, 12 + 5 * 4096) + noise(5 * 4096)
    return member(AP, around(entry(b"sum.img", image)))


def sparse_huge():
    # A chunk of four thousand million blocks, all don't-care.
    image = struct.pack("<IHHHHIIII", 0xED26FF3A, 1, 0, 28, 12, 0xFFFFFFFC, 0xFFFFFFFF, 1, 0)
    image += struct.pack("<HHII", 0xCAC3, 0, 0xFFFFFFFF, 12)
    return member(AP, around(entry(b"sum.img", image)))


def lying_directory():
    return member(AP, around(), local_name=b"XX_x.tar.md5")


def many_entries():
    return member(AP, around(*(entry(b"empty-%06d.bin" % number) for number in range(100_000))))


def wrong_checksum():
    return member(AP, around(), crc=0x12345678)


def wrong_stored_checksum():
    return member(AP, around(), deflated=False, crc=0x12345678)


def stored():
    return member(AP, around(entry(b"large.img", noise(3 << 20))), deflated=False)


def with_lines(content, *wrong):
    # A line of MD5 for each of them.
    for is_wrong in wrong:
        digest = hashlib.md5(content + b"x" * is_wrong).hexdigest()
        content += digest.encode() + b"  AP_x.tar\n"
    return member(AP, content)


def md5_line():
    return with_lines(around(), False)


def md5_lines():
    return with_lines(around(), False, False)


def md5_wrong_line():
    return with_lines(around(), True)


def md5_wrong_among_lines():
    return with_lines(around(), True, False)


AP, BL = b"AP_x.tar.md5", b"BL_x.tar.md5"
kind, path = sys.argv[1:]
write_zip(path, member(BL, tar(entry(b"good.bin", GOOD))), globals()[kind.replace("-", "_")]())
