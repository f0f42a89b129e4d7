/// Why a request is refused, and how the server says so.
struct Refusal: Error {
  enum Form: Equatable {
    /// By HTTP status.
    case http(UInt32)
    /// By the status inside a message with HTTP status 200.
    case body(String)
    /// By HTTP status 403 with the XML of the version list's host.
    case denied
    /// By HTTP status 416 for a file of this size.
    case unsatisfiable(size: UInt64)
    /// By HTTP status 429 with Retry-After in seconds.
    case tooMany(retryAfter: Int)
  }

  let form: Form
  /// For the person who debugs the client.
  let sentence: String

  init(_ form: Form, _ sentence: String) {
    self.form = form
    self.sentence = sentence
  }

  static func http(_ status: UInt32, _ sentence: String) -> Refusal {
    Refusal(.http(status), sentence)
  }

  /// The answer, in the look of the endpoint that was asked.
  func answer(look: ReplyMessage.Look) -> Answer {
    let xml = "text/xml;charset=UTF-8"
    func message(_ status: UInt32) -> Answer {
      let body = ReplyMessage(look: look, messageID: 1, status: String(status)).xml
      return Answer(status: status, type: xml, body: body)
    }
    switch form {
    case .http(let status): return message(status)
    case .body(let status): return .message(ReplyMessage(look: look, messageID: 2, status: status))
    case .denied: return Answer(status: 403, type: "application/xml", body: VersionList.denied)
    case .unsatisfiable(let size):
      return message(416).with(Answer.Header("Content-Range", "bytes */\(size)"))
    case .tooMany(let seconds): return message(429).with(Answer.Header("Retry-After", String(seconds)))
    }
  }

  /// How the refusal is listed: the request, what was answered, and why.
  func line(_ request: Request) -> String {
    let answered =
      switch form {
      case .http(let status): "HTTP \(status)"
      case .body(let status): "status \(status) in the body"
      case .denied: "HTTP 403"
      case .unsatisfiable: "HTTP 416"
      case .tooMany: "HTTP 429"
      }
    return "\(request.method) \(request.path): \(answered): \(sentence)"
  }
}
