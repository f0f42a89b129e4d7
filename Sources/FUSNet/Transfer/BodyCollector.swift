import Primitives

/// Keeps a small reply's body, up to a limit.
final class BodyCollector: TransferReceiver {
  private struct State {
    var body: [UInt8] = []
    var isTooLong = false
  }

  private let limit: Int
  private let state = Locked(State())

  init(limit: Int) { self.limit = limit }

  var body: [UInt8] { state.withLock { $0.body } }
  var isTooLong: Bool { state.withLock { $0.isTooLong } }

  func begin(_ head: HTTPResponseHead) -> Bool { true }

  func receive(_ bytes: RawSpan) -> Bool {
    state.withLock { state in
      guard bytes.byteCount <= limit - state.body.count else {
        state.isTooLong = true
        return false
      }
      unsafe bytes.withUnsafeBytes { unsafe state.body.append(contentsOf: $0) }
      return true
    }
  }
}
