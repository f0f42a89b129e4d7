@testable import FUSEmulator

extension ByteSource {
  /// All bytes.
  func bytes() throws -> [UInt8] {
    let sink = MemorySink()
    try copy(to: sink)
    return sink.bytes
  }
}
