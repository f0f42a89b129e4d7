import CXXHash
import Primitives

/// The checksum of LZ4 frames: xxHash with 32 bits and seed 0, of bytes that come in pieces.
///
/// The corresponding C type is `XXH32_state_t`.
@safe
final class LZ4Checksum: @unchecked Sendable {
  private let state: OpaquePointer

  init() {
    guard let state = unsafe XXH32_createState() else { fatalError("out of memory for a checksum") }
    unsafe self.state = state
    unsafe XXH32_reset(state, 0)
  }

  deinit { unsafe XXH32_freeState(state) }

  func update(with bytes: RawSpan) {
    _ = unsafe bytes.withUnsafeBytes { unsafe XXH32_update(state, $0.baseAddress, $0.count) }
  }

  /// The checksum of all bytes so far.
  var digest: UInt32 { unsafe XXH32_digest(state) }

  /// The checksum of these bytes.
  ///
  /// The corresponding C function is `XXH32`.
  static func of(_ bytes: RawSpan) -> UInt32 {
    unsafe bytes.withUnsafeBytes { unsafe XXH32($0.baseAddress, $0.count, 0) }
  }
}
