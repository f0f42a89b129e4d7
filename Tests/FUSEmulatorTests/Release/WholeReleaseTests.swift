import TestSupport
import Testing

@testable import FUSEmulator

/// Whole releases, taken apart with the tools that others wrote.
@Suite struct WholeReleaseTests {
  private static func make(_ scratch: TemporaryDirectory, _ name: String, extra: [String] = []) throws
    -> Int32
  {
    ReleaseMaker.run(
      arguments: [
        "\(scratch.path)/\(name)", "--model", "SM-A207F", "--region", "SER", "--version", "A207FXXU2CUI2",
        "--size", "16",
      ] + extra)
  }

  /// Decrypts and unpacks the release `r` down to its images, each file where truth.json has it, in `tree`.
  private static let unpack = """
    mkdir tree; cd tree
    cp ../r/*.enc4 .; package=$(echo *.enc4); archive=${package%.enc4}
    key=$(python3 -c 'import json, hashlib
    r = json.load(open("../r/release.json"))
    v = r["version"]
    print(hashlib.md5("".join(v[ord(c) & 15] for c in r["logic_value_factory"]).encode()).hexdigest())')
    openssl enc -d -aes-128-ecb -K $key -in $package -out $archive
    unzip -q $archive
    for member in *.tar.md5; do
      case $member in HOME_CSC_*) folder=HOME_CSC;; *) folder=${member%%_*};; esac
      mkdir $folder; tar -xf $member -C $folder
    done
    find . -name '*.lz4' | while read file; do
      lz4 -q -t $file; lz4 -q -d $file ${file%.lz4} </dev/null
    done
    for image in AP/super AP/userdata CSC/cache CSC/optics HOME_CSC/optics; do
      simg2img $image.img $image.raw.img
    done
    cd ..

    """

  /// A reader of LP metadata: prints `name first-sector sectors` for each extent, from both copies.
  private static let readPartitions = """
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
    """

  @Test func everyFileIsAsTheTruthSays() throws {
    let scratch = TemporaryDirectory()
    #expect(try Self.make(scratch, "r") == 0)
    #expect(
      try scratch.shell("ls -A r | sed 's/^SM.*enc4/package/'") == "package\nrelease.json\ntruth.json\n")
    try scratch.shell(Self.unpack)

    let archive = "tree/*_fac.zip"
    try scratch.shell("unzip -t \(archive); 7z t \(archive)")
    let methods = try scratch.shell(
      """
      python3 -c 'import zipfile, sys
      z = zipfile.ZipFile(sys.argv[1])
      assert z.testzip() is None
      for i in z.infolist(): print(i.filename.split("_")[0], i.compress_type)' \(archive)
      """)
    #expect(methods == "BL 0\nAP 8\nCP 8\nCSC 8\nHOME 8\n")
    // The MD5 line is the last of each member.
    try scratch.shell(
      """
      cd tree; for member in *.tar.md5; do
        line=$(tail -c 300 $member | tr -d '\\0' | tail -n 1)
        size=$(($(stat -c %s $member) - ${#line} - 1))
        test $((size % 10240)) = 0
        echo "$line" | sed 's/ [^ ]*$/ -/' > ../line
        head -c $size $member | md5sum -c ../line
      done
      """)
    #expect(try scratch.shell("heimdall print-pit --file tree/CSC/*.pit").contains("Partition Name: SUPER\n"))

    try scratch.write(Array(Self.readPartitions.utf8), to: "partitions.py")
    let partitions = try scratch.shell(
      "mkdir tree/AP/super; python3 partitions.py tree/AP/super.raw.img tree/AP/super")
    #expect(partitions == "system 2\nvendor 1\nproduct 1\n")

    try scratch.shell(
      """
      jq -r '.files[] | .sha256 + "  " + .path' r/truth.json > sums; cd tree; sha256sum --quiet -c ../sums
      jq -r '.files[] | "\\(.size) \\(.path)"' ../r/truth.json | while read size path; do
        test $(stat -c %s $path) = $size
      done
      find . -type f | sed 's/..//' | sort > ../found; jq -r '.files[].path' ../r/truth.json | sort | diff ../found -
      """)
    try scratch.shell(
      """
      cd tree/AP/super
      e2fsck -fn system.img; e2fsck -fn vendor.img; dumpe2fs -h system.img; fsck.erofs product.img
      debugfs -R 'dump /build.prop build.prop' system.img 2>/dev/null; test $(stat -c %s build.prop) = 6211
      test "$(debugfs -R 'stat /bin/ls' system.img 2>/dev/null | grep -c 'Fast link dest: "toybox"')" = 1
      """)
    let record = try scratch.shell(
      """
      package=$(echo r/*.enc4)
      test $(jq -r .byte_size r/release.json) = $(stat -c %s $package)
      test $(jq -r .content_md5 r/release.json) = $(openssl md5 -binary $package | base64)
      test $(jq -r .crc32 r/release.json) = $(python3 -c '
      import zlib, sys
      print(zlib.crc32(open(sys.argv[1], "rb").read()))' $package)
      jq -r '.model, .region, .binary_nature, .encryption, .members.DEVICE_USER_DATA_FILE' r/release.json
      """)
    #expect(record == "SM-A207F\nSER\n1\nenc4\n\n")
  }

  @Test func theSameSeedMakesTheSameBytesAndAnotherDoesNot() throws {
    let scratch = TemporaryDirectory()
    #expect(try Self.make(scratch, "a") == 0)
    #expect(try Self.make(scratch, "b") == 0)
    #expect(try Self.make(scratch, "c", extra: ["--seed", "2"]) == 0)
    try scratch.shell("diff -r a b")
    let shared = try scratch.shell(
      """
      for r in a c; do
        jq -r '.files[] | select(.path | test("zip|tar.md5|super|boot|sboot|modem|optics")) | .sha256' $r/truth.json |
          sort -u
      done | sort | uniq -d
      """)
    #expect(shared.isEmpty)
  }

  @Test func plainAndOlderPackagesHoldTheSameArchive() throws {
    let scratch = TemporaryDirectory()
    #expect(try Self.make(scratch, "plain", extra: ["--encryption", "none"]) == 0)
    #expect(try Self.make(scratch, "older", extra: ["--encryption", "enc2", "--nature", "home"]) == 0)
    try scratch.shell(
      """
      key=$(printf 'SER:SM-A207F:A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2/A207FXXU2CUI2' | md5sum | cut -c 1-32)
      openssl enc -d -aes-128-ecb -K $key -in older/*.zip.enc2 | cmp - plain/*.zip
      test $(jq .binary_nature older/release.json) = 0
      test $(jq '[.files[].path | select(endswith(".zip"))] | length' plain/truth.json) = 2
      """)
  }

  @Test func aFolderInUseIsLeftAlone() throws {
    let scratch = TemporaryDirectory()
    try scratch.shell("mkdir r; echo mine > r/file")
    #expect(try Self.make(scratch, "r") == 1)
    #expect(try scratch.shell("ls -A r; cat r/file") == "file\nmine\n")
  }

  @Test(arguments: [0, 7, 25, 35, 60]) func anInterruptionLeavesNothingBehind(checks: Int) throws {
    let scratch = TemporaryDirectory()
    let arguments = try ReleaseArguments([
      "\(scratch.path)/r", "--model", "SM-A207F", "--region", "SER", "--version", "A207FXXU2CUI2", "--size",
      "16",
    ])
    var left = checks
    let progress = Progress {
      left -= 1
      return left < 0
    }
    #expect(throws: ReleaseFault.failed("Interrupted: nothing of the release remains.")) {
      try ReleaseMaker.make(ReleasePlan(arguments), progress: progress)
    }
    #expect(try scratch.shell("ls") == "")
  }
}
