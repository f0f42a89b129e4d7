"""partitions.py SUPER FOLDER: checks the LP metadata of a raw image, writes its partitions, prints names and extents."""

import struct, hashlib, sys
f = open(sys.argv[1], 'rb').read()
g = f[4096:4148]
assert g == f[8192:8244]
magic, size, check, slot, slots, block = struct.unpack('<II32sIII', g)
assert (magic, size, block) == (0x616c4467, 52, 4096)
assert hashlib.sha256(g[:8] + bytes(32) + g[40:]).digest() == check
copies = []
for start in [12288 + i * slot for i in range(2 * slots)]:
    m = f[start:start + slot]
    magic, major, minor, size, check, tables, tcheck = struct.unpack('<IHHI32sI32s', m[:80])
    assert (magic, major, minor, size) == (0x414c5030, 10, 2, 256)
    assert hashlib.sha256(m[:12] + bytes(32) + m[44:256]).digest() == check
    assert hashlib.sha256(m[256:256 + tables]).digest() == tcheck
    copies.append(m)
assert len(set(copies)) == 1
def table(i, layout):
    o, n, s = struct.unpack('<III', m[80 + 12 * i:92 + 12 * i])
    assert s == struct.calcsize(layout)
    return [struct.unpack(layout, m[256 + o + k * s:256 + o + (k + 1) * s]) for k in range(n)]
extents = table(1, '<QIQI')
device = table(3, '<QIIQ36sI')[0]
assert device[3] == len(f) and device[0] * 512 >= 12288 + 2 * slots * slot
for name, attributes, first, count, group in table(0, '<36sIIII'):
    name = name.rstrip(bytes(1)).decode()
    data = b''
    for sectors, kind, sector, source in extents[first:first + count]:
        assert kind == 0 and source == 0 and sector >= device[0]
        data += f[sector * 512:(sector + sectors) * 512]
    print(name, count)
    open(sys.argv[2] + '/' + name + '.img', 'wb').write(data)
