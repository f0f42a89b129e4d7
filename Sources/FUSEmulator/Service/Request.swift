/// An HTTP request as it came.
struct Request: Sendable {
  /// The most bytes of a body that are kept.
  static let bodyLimit = 64 * 1024

  let method: String
  /// What stands before the first `?` of the target, still escaped.
  let path: String
  /// What stands after it, still escaped.
  let query: String
  /// By lower-case name; a header that comes again is joined with `, `.
  let headers: [String: String]
  /// Without what exceeds the limit.
  var body: [UInt8]
  var bodyIsTooLong = false

  init(method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    path = String(parts[0])
    query = parts.count > 1 ? String(parts[1]) : ""
    self.headers = Dictionary(headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
    self.body = body
  }

  /// Takes further bytes of the body.
  mutating func append(_ bytes: [UInt8]) {
    let room = Self.bodyLimit - body.count
    bodyIsTooLong = bodyIsTooLong || bytes.count > room
    body += bytes.prefix(room)
  }

  /// The cookies that the client sends, by name.
  var cookies: [String: String] {
    let pairs = (headers["cookie"] ?? "").split(separator: ";").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0].drop { $0 == " " }), parts.count > 1 ? String(parts[1]) : "")
    }
    return Dictionary(pairs) { _, later in later }
  }
}
