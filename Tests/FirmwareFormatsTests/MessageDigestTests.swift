import FirmwareFormats
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct MessageDigestTests {
  private static let programs: KeyValuePairs<MessageDigest.Algorithm, String> = [
    .md5: "md5sum", .sha1: "sha1sum", .sha256: "sha256sum",
  ]

  private func digest(_ bytes: [UInt8], _ algorithm: MessageDigest.Algorithm, piece: Int) -> String {
    var digest = MessageDigest(algorithm)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let part = Array(bytes[start..<min(bytes.count, start + piece)])
      unsafe digest.update(part.span.bytes)
    }
    return digest.finish().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test(arguments: [0, 1, 64, 100_000])
  func asOtherProgramsComputeIt(count: Int) throws {
    let workspace = TemporaryDirectory()
    let bytes = firmwareLike(count, seed: 5)
    try workspace.write(bytes, to: "bytes")
    for (algorithm, program) in Self.programs {
      let expected = try workspace.shell("\(program) bytes").prefix { $0 != " " }
      for piece in [1, 1000, 1 << 20] {
        #expect(digest(bytes, algorithm, piece: piece) == expected, "\(program), \(piece) bytes at a time")
      }
    }
  }

  @Test func ofBytesThatAreAllThere() {
    #expect(
      MessageDigest.sha256(of: Array("abc".utf8)).prefix(4) == [0xBA, 0x78, 0x16, 0xBF])
  }
}
