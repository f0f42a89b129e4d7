/// What is taken for a minute each as the server has just said it, though it may not stay so: nobody asks it for that again
/// in that time.
///
/// Pure; times are seconds on a clock of the caller's.
struct MinuteMemory<Key: Hashable & Sendable>: Sendable {
  /// In seconds.
  static var lifetime: Double { 60 }
  /// Beyond so many all are forgotten, which costs a request each at worst.
  private static var most: Int { 4096 }

  private var ends: [Key: Double] = [:]

  func contains(_ key: Key, at now: Double) -> Bool {
    ends[key].map { now < $0 && now >= $0 - Self.lifetime } ?? false
  }

  mutating func note(_ key: Key, at now: Double) {
    if ends.count >= Self.most { ends.removeAll() }
    ends[key] = now + Self.lifetime
  }

  mutating func forget(_ key: Key) {
    ends[key] = nil
  }
}
