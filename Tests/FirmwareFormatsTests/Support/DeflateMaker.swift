import TestSupport

/// Programs that make a raw deflate stream `deflated` of the file `plain`, each in its own way of cutting blocks.
enum DeflateMaker: CaseIterable {
  case zlib0, zlib1, zlib6, zlib9, filtered, huffmanOnly, runLength, fixed, flushed
  case igzip0, igzip3, sevenZip, sevenZipUltra, infoZip

  func deflated(_ plain: [UInt8]) throws -> [UInt8] {
    let directory = TemporaryDirectory()
    try directory.write(plain, to: "plain")
    switch self {
    case .zlib0: try Self.zlib(level: 0, in: directory)
    case .zlib1: try Self.zlib(level: 1, in: directory)
    case .zlib6: try Self.zlib(level: 6, in: directory)
    case .zlib9: try Self.zlib(level: 9, in: directory)
    case .filtered: try Self.zlib(level: 6, strategy: "Z_FILTERED", in: directory)
    case .huffmanOnly: try Self.zlib(level: 6, strategy: "Z_HUFFMAN_ONLY", in: directory)
    case .runLength: try Self.zlib(level: 6, strategy: "Z_RLE", in: directory)
    case .fixed: try Self.zlib(level: 6, strategy: "Z_FIXED", in: directory)
    case .flushed: try Self.zlib(level: 6, flush: "Z_SYNC_FLUSH", in: directory)
    case .igzip0: try directory.shell("igzip -0 -n -c plain | tail -c +11 > deflated")
    case .igzip3: try directory.shell("igzip -3 -n -c plain | tail -c +11 > deflated")
    case .sevenZip: try Self.zip("7z a -tzip -mm=Deflate x.zip plain", in: directory)
    case .sevenZipUltra: try Self.zip("7z a -tzip -mm=Deflate -mx=9 x.zip plain", in: directory)
    case .infoZip: try Self.zip("zip x.zip plain", in: directory)
    }
    return try directory.read("deflated")
  }

  private static func zlib(
    level: Int, strategy: String = "Z_DEFAULT_STRATEGY", flush: String = "Z_NO_FLUSH",
    in directory: TemporaryDirectory
  ) throws {
    try directory.python(
      """
      import zlib
      c = zlib.compressobj(\(level), zlib.DEFLATED, -15, 8, zlib.\(strategy))
      plain = open("plain", "rb").read()
      with open("deflated", "wb") as out:
        for start in range(0, len(plain), 5000):
          out.write(c.compress(plain[start:start + 5000]))
          out.write(c.flush(zlib.\(flush)) if zlib.\(flush) != zlib.Z_NO_FLUSH else b"")
        out.write(c.flush())
      """)
  }

  /// Runs the command and takes the member's data out of the archive.
  private static func zip(_ command: String, in directory: TemporaryDirectory) throws {
    try directory.shell("\(command) > /dev/null")
    try directory.python(
      """
      import struct, zipfile
      member = zipfile.ZipFile("x.zip").infolist()[0]
      assert member.compress_type == 8
      archive = open("x.zip", "rb").read()
      names = struct.unpack("<HH", archive[member.header_offset + 26:member.header_offset + 30])
      start = member.header_offset + 30 + sum(names)
      open("deflated", "wb").write(archive[start:start + member.compress_size])
      """)
  }
}
