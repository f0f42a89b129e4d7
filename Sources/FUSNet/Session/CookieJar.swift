/// The cookies of one session: name and value alone, for the control and the bulk server and no other.
struct CookieJar: Sendable {
  private let echo: Profile.CookieEcho
  private var cookies: [(name: String, value: String)] = []

  private static let most = 32
  private static let longest = 4096

  init(echo: Profile.CookieEcho) { self.echo = echo }

  /// The value of the header `Cookie`; nil if there is nothing to send.
  var header: String? {
    cookies.isEmpty ? nil : cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
  }

  /// Takes the value of a header `Set-Cookie`, `NAME=VALUE[; ATTRIBUTE…]`. What is malformed is left out; an empty
  /// value or `Max-Age=0` removes the cookie.
  mutating func take(setCookie text: String) {
    guard text.utf8.count <= Self.longest else { return }
    let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { String($0).trimmed }
    guard let pair = parts.first, let equals = pair.firstIndex(of: "=") else { return }
    let name = String(pair[..<equals])
    let value = String(pair[pair.index(after: equals)...])
    guard !name.isEmpty, name.utf8.allSatisfy(Self.isPlain), value.utf8.allSatisfy(Self.isPlain) else {
      return
    }
    guard echo == .all || name == "JSESSIONID" || name == "SESSION" else { return }
    let isRemoved = value.isEmpty || parts.dropFirst().contains { $0.lowercased() == "max-age=0" }
    if let position = cookies.firstIndex(where: { $0.name == name }) {
      if isRemoved { cookies.remove(at: position) } else { cookies[position].value = value }
    } else if !isRemoved, cookies.count < Self.most {
      cookies.append((name, value))
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte.isPrintable && byte != 0x20 && byte != UInt8(ascii: ";") && byte != UInt8(ascii: ",")
  }
}
