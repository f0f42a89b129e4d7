/// One request, ready to be sent.
struct HTTPRequest: Sendable {
  enum Method: Sendable, Equatable {
    case get
    case post(body: [UInt8])
  }

  /// What the request waits for.
  enum Lane: Sendable {
    /// Small and urgent: sent at once. Many may wait for its reply, which has an end of its own.
    case control
    /// A stretch of a package: waits while as many as allowed are under way, and goes on for as long as bytes come.
    case bulk
  }

  var method: Method
  var url: String
  /// Host and port, to be named in messages.
  var host: String
  var fields: [HTTPField]
  var lane: Lane
}
