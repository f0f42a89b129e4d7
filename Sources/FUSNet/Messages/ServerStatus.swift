import Primitives

/// What a status means, be it HTTP's or the one in a reply's body.
enum ServerStatus: Sendable, Equatable {
  case good
  /// 401: the signature is stale, or Init is missing or has lapsed.
  case unauthorized
  /// 429 and 503: wait, then try again.
  case busy(Failure)
  /// 5xx: try again.
  case faulty(Failure)
  /// Trying again cannot help.
  case refused(Failure)

  /// The status in a body: `200` and `S00` are good.
  init(body status: String) {
    switch status {
    case "S00": self = .good
    case "F01": self = Self.notServed
    case "400": self = Self.notServed
    default: self = Self.meaning(of: Int(status) ?? 0, text: status)
    }
  }

  /// HTTP's status: 200 and 206 are good.
  init(http status: Int) {
    self = Self.meaning(of: status, text: String(status))
  }

  /// Throws unless good. For replies that are parsed apart from their exchange.
  func requireGood() throws(Failure) {
    switch self {
    case .good: break
    case .unauthorized: throw Self.accessDenied
    case .busy(let failure), .faulty(let failure), .refused(let failure): throw failure
    }
  }

  /// Authorisation was renewed, and refused all the same.
  static let accessDenied = Failure(
    .accessDenied, "The server refuses the request's authorisation.",
    cure: "Choose another --protocol; if it refuses all of them, wait an hour.")

  private static let notServed = ServerStatus.refused(
    Failure(.notFound, "This is not served for this model and region.", cure: "Try another CSC."))

  private static func meaning(of number: Int, text: String) -> ServerStatus {
    switch number {
    case 200, 206: .good
    case 300..<400:
      .refused(
        Failure(
          .network,
          "The server sends elsewhere (status \(number)), which this protocol never does: a firewall or captive portal?",
          cure: "Check the network and the server's address."))
    case 400, 405:
      .refused(
        Failure(
          .protocolViolation, "The server calls the request malformed (status \(number)).",
          cure: "Choose another --protocol, and report this as a fault of fusfs."))
    case 401: .unauthorized
    case 403, 404, 410:
      .refused(
        Failure(
          .notFound, "The server has no such firmware for this model and region (status \(number)).",
          cure: "Try another CSC."))
    case 407:
      .refused(
        Failure(.accessDenied, "The proxy wants a name and a password.", cure: "Give them in --proxy."))
    case 408:
      .refused(
        Failure(
          .accessDenied,
          "The server wants the IMEI of a phone of this model, or does not accept the one given.",
          cure: "Give one with --imei, or choose --protocol smart."))
    case 429:
      .busy(
        Failure(
          .network, "The server says that there are too many requests (status 429).",
          cure: "Wait a while, or lower --connections."))
    case 503:
      .busy(
        Failure(.network, "The server is overloaded or being maintained (status 503).", cure: "Wait a while.")
      )
    case 500..<600:
      .faulty(
        Failure(.network, "The server has a fault of its own (status \(number)).", cure: "Try again later."))
    default:
      .refused(Failure(.network, "The server answered with a status that is not known: \(plain(text))."))
    }
  }

  /// A status fit for a sentence, whatever was sent.
  private static func plain(_ text: String) -> String {
    let isPlain = (1...8).contains(text.utf8.count) && text.utf8.allSatisfy(\.isAlphanumeric)
    return isPlain ? text : "none"
  }
}
