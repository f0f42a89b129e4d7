import TestSupport
import Testing

@testable import FUSEmulator

@Suite struct StreamTests {
  private static let content = GeneratedContent(size: 700_001, seed: 7, mix: .firmware)

  @Test func generatedContentIsTheSameHoweverItIsRead() throws {
    let whole = try Self.content.bytes()
    #expect(whole.count == 700_001)
    for (offset, count) in [(0, 1), (16383, 2), (65530, 40000), (700_000, 1), (123_456, 300_000)] {
      var part = [UInt8](repeating: 0, count: count)
      try Self.content.read(into: &part, count: count, at: offset)
      #expect(part == Array(whole[offset..<offset + count]), "at \(offset)")
    }
    #expect(try GeneratedContent(size: 700_001, seed: 8, mix: .firmware).bytes() != whole)
  }

  @Test func joinedSourcesReadAcrossTheirSeams() throws {
    var joined = JoinedSource()
    joined.append(BytesSource(bytes: [1, 2, 3]))
    joined.append(ZeroSource(size: 0))
    joined.append(ZeroSource(size: 2))
    joined.append(BytesSource(bytes: [4, 5, 6, 7]), 1..<3)
    #expect(try joined.bytes() == [1, 2, 3, 0, 0, 5, 6])
    var part: [UInt8] = [9, 9, 9, 9]
    try joined.read(into: &part, count: 4, at: 2)
    #expect(part == [3, 0, 0, 5])
  }

  @Test func measuresWhatPasses() throws {
    let sink = MeasuringSink(md5: true, crc32: true)
    try sink.write(Array("1234".utf8))
    try sink.write(Array("56789".utf8))
    let measurement = sink.finish()
    #expect(measurement.size == 9)
    #expect(measurement.crc32 == 0xcbf4_3926)
    #expect(measurement.md5.hexadecimal == "25f9e794323b453885f5181f1b624d0b")
    #expect(
      measurement.sha256.hexadecimal == "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225")
  }

  @Test(arguments: [0, 1, 15, 16, 17, 300_000]) func opensslDecryptsTheCipher(size: Int) throws {
    let scratch = TemporaryDirectory()
    let plain = try GeneratedContent(size: size, seed: 3, mix: .packed).bytes()
    do {
      let cipher = try ReleaseCipher(
        key: Array(0..<16), next: FileSink(creating: "\(scratch.path)/encrypted"))
      // In uneven pieces, as members arrive.
      for start in stride(from: 0, to: size, by: 70_001) {
        try cipher.write(Array(plain[start..<min(size, start + 70_001)]))
      }
      try cipher.finish()
    }
    try scratch.shell(
      "openssl enc -d -aes-128-ecb -K 000102030405060708090a0b0c0d0e0f -in encrypted -out plain")
    #expect(try scratch.read("plain") == plain)
    #expect(try FileSource(path: "\(scratch.path)/encrypted").size == (size / 16 + 1) * 16)
  }

  @Test(arguments: [0, 1, 700_001]) func pythonInflatesTheDeflater(size: Int) throws {
    let scratch = TemporaryDirectory()
    let content = GeneratedContent(size: size, seed: 7, mix: .firmware)
    do {
      let deflater = Deflater(next: try FileSink(creating: "\(scratch.path)/deflated"))
      try content.copy(to: deflater)
      try deflater.finish()
    }
    try scratch.shell(
      """
      python3 -c 'import zlib,sys
      stream = zlib.decompressobj(-15)
      plain = stream.decompress(open("deflated", "rb").read())
      assert stream.eof and not stream.unused_data
      open("plain", "wb").write(plain)'
      """)
    #expect(try scratch.read("plain") == content.bytes())
  }
}
