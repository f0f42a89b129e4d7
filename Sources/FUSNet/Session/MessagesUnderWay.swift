import Primitives

/// A message that has brought no answer yet that can be used.
package struct MessageUnderWay: Sendable, Equatable {
  /// The last part of the address that it goes to, such as `NF_DownloadBinaryInform.do`.
  package let name: String
  package let host: String
  /// Since it was sent first.
  package let seconds: Double
  /// How often it was sent again.
  package let retries: Int
}

/// The messages that a session waits for. Pure.
struct MessagesUnderWay: Sendable {
  private struct Asked {
    let name: String
    let host: String
    let start: SuspendingClock.Instant
    var retries = 0
  }

  /// By number, which grows.
  private var asked: [Int: Asked] = [:]
  private var lastNumber = 0

  /// A message is sent for the first time; what the other calls know it by.
  mutating func began(_ request: HTTPRequest, at now: SuspendingClock.Instant) -> Int {
    let path = request.url.prefix { $0 != "?" }
    lastNumber += 1
    asked[lastNumber] = Asked(
      name: String(path.split(separator: "/").last ?? ""), host: request.host, start: now)
    return lastNumber
  }

  mutating func sentAgain(_ number: Int) { asked[number]?.retries += 1 }

  mutating func ended(_ number: Int) { asked[number] = nil }

  /// The oldest first.
  func list(at now: SuspendingClock.Instant) -> [MessageUnderWay] {
    asked.sorted { $0.key < $1.key }.map { _, asked in
      MessageUnderWay(
        name: asked.name, host: asked.host, seconds: max(0, (now - asked.start).seconds),
        retries: asked.retries)
    }
  }
}
