import Primitives

/// The last failure of each kind that a program was told of, for `status.json`.
package struct FailureJournal {
  /// A kind of failure.
  package struct Entry: Codable, Sendable, Equatable {
    /// The name of its code, such as `network`.
    package let kind: String
    /// What was being done, such as `read`.
    package let operation: String
    package let cause: String
    package let cure: String?
    /// See `Failure.Site`.
    package let site: String
    /// Seconds since 1970, UTC.
    package let at: Int64
    /// How often there was one of this kind.
    package let count: Int
  }

  private var last: [String: Entry] = [:]

  /// The newest first.
  var entries: [Entry] { last.values.sorted { ($1.at, $0.kind) < ($0.at, $1.kind) } }

  mutating func note(_ failure: Failure, during operation: String, at time: Int64) {
    let kind = "\(failure.code)"
    last[kind] = Entry(
      kind: kind, operation: operation, cause: failure.cause, cure: failure.cure, site: "\(failure.site)",
      at: time,
      count: (last[kind]?.count ?? 0) + 1)
  }
}
