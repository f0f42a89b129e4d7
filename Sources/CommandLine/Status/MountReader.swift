import Primitives

/// Asks mounts what they do, and waits for none that does not answer.
final class MountReader: Sendable {
  /// A mount that is well answers in milliseconds.
  private static let limit = Duration.seconds(2)

  /// Mount points that have been asked and have not answered yet: each keeps a thread, which cannot be ended.
  private let unanswered = Locked<Set<String>>([])

  /// Asks the mount, unless it owes an answer from before.
  func reading(_ mountpoint: String) -> MountReading {
    let silence = MountReading(mountpoint: mountpoint, problem: "It does not answer.")
    guard unanswered.withLock({ $0.insert(mountpoint).inserted }) else { return silence }
    let reading = Locked<MountReading?>(nil)
    let done = Semaphore()
    startThread(name: "fusfs-status") {
      let result = MountReading(of: mountpoint)
      reading.withLock { $0 = result }
      self.unanswered.withLock { _ = $0.remove(mountpoint) }
      done.signal()
    }
    guard done.wait(for: Self.limit), let result = reading.withLock({ $0 }) else { return silence }
    return result
  }
}
