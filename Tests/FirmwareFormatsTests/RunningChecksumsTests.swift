import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

@Suite(.timeLimit(.minutes(10))) struct RunningChecksumsTests {
  /// 20,000 bytes, whose MD5 and CRC-32 `md5sum` and Python tell.
  private static let content = [UInt8](repeating: UInt8(ascii: "a"), count: 19_999) + [0]
  private static let firstLine = "f1ec1240a2481dab1eaf87934607658a  x.tar\n"
  private static let secondLine = "126396d7312a79436dcee072222a78e2  x.tar.md5\n"

  private func checksums(
    of bytes: [UInt8], inPiecesOf count: Int, hasLines: Bool = true
  ) -> (crc32: UInt32, lines: [UInt64], wrong: [UInt64]) {
    var checksums = RunningChecksums(size: UInt64(bytes.count), hasLines: hasLines)
    for start in stride(from: 0, to: bytes.count, by: count) {
      let end = min(start + count, bytes.count)
      unsafe checksums.update(bytes.span.bytes.extracting(start..<end), at: UInt64(start))
    }
    let lines = checksums.finishLines()
    return (checksums.crc32, lines.all, lines.wrong)
  }

  @Test(arguments: [1, 100, 8192, 11_857, 20_000, 1 << 20]) func linesAreCheckedInPieces(count: Int) {
    let both = Self.content + Array((Self.firstLine + Self.secondLine).utf8)
    let right = checksums(of: both, inPiecesOf: count)
    #expect(right.crc32 == 0x18D1_F090)
    #expect(right.lines == [20_000, 20_040])
    #expect(right.wrong.isEmpty)
    #expect(checksums(of: Self.content, inPiecesOf: count).crc32 == 0xF008_D6FF)
    #expect(checksums(of: Self.content, inPiecesOf: count).lines.isEmpty)
    #expect(checksums(of: both, inPiecesOf: count, hasLines: false).lines.isEmpty)
  }

  @Test(arguments: [0, 11_000, 15_000, 19_998]) func aFlippedByteMakesEachLineWrong(place: Int) {
    var bytes = Self.content + Array((Self.firstLine + Self.secondLine).utf8)
    bytes[place] ^= 1
    #expect(checksums(of: bytes, inPiecesOf: 1000).wrong == [20_000, 20_040])
  }

  @Test func oneLineOfSeveralMayBeWrong() {
    let wrong = String(repeating: "0", count: 32) + "  x.tar\n"
    let bytes = Self.content + Array((Self.firstLine + wrong).utf8)
    #expect(checksums(of: bytes, inPiecesOf: 4096).wrong == [20_040])
  }

  @Test func aFileMayBeAllTail() {
    #expect(checksums(of: [], inPiecesOf: 1).lines.isEmpty)
    let short = "d41d8cd98f00b204e9800998ecf8427e  empty.tar\n"
    #expect(checksums(of: Array(short.utf8), inPiecesOf: 7).lines == [0])
    #expect(checksums(of: Array(short.utf8), inPiecesOf: 7).wrong.isEmpty)
  }

  /// Pieces of any length that overlap, overtake one another and come twice, as reads of several processes do.
  @Test(arguments: 0..<50) func piecesMayOvertakeOneAnother(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let bytes = Self.content + Array((Self.firstLine + Self.secondLine).utf8)
    var pieces: [Range<Int>] = []
    var end = 0
    while end < bytes.count {
      let start = max(0, end - Int.random(in: 0...50, using: &random))
      end = min(bytes.count, end + Int.random(in: 1...2000, using: &random))
      pieces.append(start..<end)
    }
    for index in pieces.indices.dropLast() where Bool.random(using: &random) {
      pieces.swapAt(index, min(index + Int.random(in: 0...5, using: &random), pieces.count - 1))
    }
    var checksums = RunningChecksums(size: UInt64(bytes.count), hasLines: true)
    for piece in pieces {
      unsafe checksums.update(bytes.span.bytes.extracting(piece), at: UInt64(piece.lowerBound))
    }
    let isComplete = checksums.isComplete
    #expect(isComplete)
    #expect(checksums.crc32 == 0x18D1_F090)
    #expect(checksums.finishLines().wrong.isEmpty)
  }

  @Test func whatLiesTooFarAheadMustComeAgain() {
    let bytes = [UInt8](repeating: 0, count: RunningChecksums.mostEarlyPieces + 2)
    var checksums = RunningChecksums(size: UInt64(bytes.count), hasLines: false)
    for place in bytes.indices.dropFirst() {
      unsafe checksums.update(bytes.span.bytes.extracting(place..<place + 1), at: UInt64(place))
    }
    #expect(checksums.position == 0)
    unsafe checksums.update(bytes.span.bytes.extracting(0..<1), at: 0)
    #expect(checksums.position == UInt64(bytes.count - 1))
    unsafe checksums.update(bytes.span.bytes, at: 0)
    #expect(checksums.crc32 == bytes.crc32)
  }
}
