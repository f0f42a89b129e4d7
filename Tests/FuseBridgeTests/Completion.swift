import Glibc
import Primitives

@testable import FuseBridge

/// Something that another thread finishes, waited for with a limit.
final class Completion<Value: Sendable>: Sendable {
  private let value = Locked<Value?>(nil)
  private let alarm: Alarm

  init() throws { alarm = try Alarm() }

  func finish(_ value: Value) {
    self.value.withLock { $0 = value }
    alarm.ring()
  }

  /// The value, or nil after that many seconds.
  func wait(seconds: Int) -> Value? {
    let end = Instant.now + .seconds(seconds)
    while Instant.now < end {
      if let value = value.withLock({ $0 }) { return value }
      alarm.wait(until: end)
    }
    return value.withLock { $0 }
  }
}
