import Glibc
import Primitives

/// A beat every fifth of a second, by a thread of its own: tests that block may leave `Task.sleep` nowhere to wake up.
final class Beat: Sendable {
  static let shared = Beat()

  private let waiting = Locked<[CheckedContinuation<Void, Never>]>([])

  private init() {
    startThread(name: "beat") {
      while true {
        usleep(200_000)
        let waiting = self.waiting.withLock { waiting in
          defer { waiting = [] }
          return waiting
        }
        for continuation in waiting { continuation.resume() }
      }
    }
  }

  /// Returns with the next beat, cancelled or not.
  func next() async {
    await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
  }
}
