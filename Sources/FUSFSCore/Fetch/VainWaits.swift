import Primitives

/// The blocks that readers have just waited for in vain. Pure; times are seconds on a clock of the caller's.
///
/// The kernel asks again at once for each page of a request that failed. Without this memory a program would wait for
/// several deadlines where it was promised one.
struct VainWaits {
  /// For how long a failure stands for an answer.
  private static let memory = 0.5
  private static let most = 4096

  private var failures: [BlockAddress: (failure: Failure, until: Double)] = [:]

  mutating func note(_ address: BlockAddress, _ failure: Failure, at now: Double) {
    if failures.count >= Self.most { failures = failures.filter { now < $0.value.until } }
    guard failures.count < Self.most else { return }
    failures[address] = (failure, now + Self.memory)
  }

  /// How a wait for the block has just ended, if it did.
  mutating func failure(of address: BlockAddress, at now: Double) -> Failure? {
    guard let known = failures[address] else { return nil }
    if now < known.until { return known.failure }
    failures[address] = nil
    return nil
  }
}
