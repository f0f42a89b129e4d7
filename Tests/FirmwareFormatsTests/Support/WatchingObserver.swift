import FirmwareFormats
import Primitives

/// Counts what decoders put out, and knows boundaries.
final class WatchingObserver: OutputObserver {
  private struct State {
    var decoded: UInt64 = 0
    var verified = 0
    var wrong = 0
  }

  private let state = Locked(State())
  private let plain: [UInt8]
  private let boundaries: [UInt64]

  /// - Parameters:
  ///   - plain: what is to come.
  ///   - boundaries: in order.
  init(_ plain: [UInt8], boundaries: [UInt64] = []) {
    self.plain = plain
    self.boundaries = boundaries
  }

  /// Plain bytes that were decoded, each as often as it was.
  var decodedBytes: UInt64 { state.withLock { $0.decoded } }
  /// Pieces that were not what they should have been.
  var wrong: Int { state.withLock { $0.wrong } }
  var verifications: Int { state.withLock { $0.verified } }

  func decoded(_ bytes: RawSpan, at offset: UInt64) {
    let count = bytes.byteCount
    let expected = Array(plain[Int(offset)..<min(Int(offset) + count, plain.count)])
    let isRight = CRC32.update(0, with: bytes) == expected.crc32
    state.withLock { state in
      state.decoded += UInt64(count)
      if !isRight { state.wrong += 1 }
    }
  }

  func boundary(after offset: UInt64) -> UInt64? { boundaries.first { $0 > offset } }

  func verified() { state.withLock { $0.verified += 1 } }
}
