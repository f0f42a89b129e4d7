/// What a client must keep to itself of its talks with this server, for tests to look for where it must not be.
struct IssuedSecrets: Sendable {
  /// The most values that are kept; the older half goes when there are more.
  private static let limit = 65_536

  /// Cookies, nonces as they are and as they were sent, and signatures, in the order in which they came.
  private(set) var values: [String] = []

  /// Notes a nonce that is given out, and the signature that will be asked for.
  mutating func note(_ nonce: Session.Nonce) {
    note([nonce.plain, nonce.signature] + (nonce.sealed == nonce.plain ? [] : [nonce.sealed]))
  }

  mutating func note(_ cookies: [Session.Cookie]) { note(cookies.map(\.value)) }

  /// Notes the nonce that a client has made itself, and its signature.
  mutating func note(_ header: AuthorizationHeader) { note([header.nonce, header.signature]) }

  private mutating func note(_ more: [String]) {
    if values.count >= Self.limit { values.removeFirst(Self.limit / 2) }
    values += more
  }
}
