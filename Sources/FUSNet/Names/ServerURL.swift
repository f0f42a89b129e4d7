/// The root of a server, checked and in one form: scheme and host in lower case, a slash at the end; never a name, a
/// password, a query or a fragment.
///
/// ```
///   https :// neofussvr.example : 8443 /path/
///   scheme    name or address     port  path
///             └───────── host ───────┘
/// ```
package struct ServerURL: Hashable, Sendable, CustomStringConvertible {
  let scheme: String
  /// A name, an IPv4 address or an IPv6 address in brackets, and the port if one is given. Also names the server in
  /// messages.
  package let host: String
  /// Begins and ends with a slash.
  package let path: String

  /// The whole address.
  package var description: String { "\(scheme)://\(host)\(path)" }

  /// Takes POSTs.
  package static let control = ServerURL(known: "neofussvr.sslcs.cdngc.net")
  /// Gives the packages' bytes.
  package static let bulk = ServerURL(known: "cloud-neofussvr.samsungmobile.com")
  /// Gives version.xml.
  package static let versionList = ServerURL(known: "fota-cloud-dn.ospserver.net")

  private init(known host: String) {
    scheme = "https"
    self.host = host
    path = "/"
  }

  /// Nil unless the text is `SCHEME://HOST[:PORT][/PATH]` with one of these schemes.
  package init?(_ text: String, schemes: [String] = ["http", "https"]) {
    guard let (scheme, rest) = Self.splitScheme(text, among: schemes) else { return nil }
    let authority = rest.prefix { $0 != UInt8(ascii: "/") }
    var path = rest.dropFirst(authority.count)
    guard Self.isAuthority(authority), path.allSatisfy(Self.isPathByte) else { return nil }
    self.scheme = scheme
    host = String(decoding: authority.map(\.lowercased), as: UTF8.self)
    while path.last == UInt8(ascii: "/") { path.removeLast() }
    self.path = String(decoding: path, as: UTF8.self) + "/"
  }

  private static func splitScheme(_ text: String, among schemes: [String]) -> (String, ArraySlice<UInt8>)? {
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let scheme = String(decoding: bytes[..<colon].map(\.lowercased), as: UTF8.self)
    let rest = bytes[(colon + 1)...]
    guard schemes.contains(scheme), rest.starts(with: "//".utf8) else { return nil }
    return (scheme, rest.dropFirst(2))
  }

  /// Whether it is `name`, `name:port`, `[address]` or `[address]:port`.
  private static func isAuthority(_ authority: ArraySlice<UInt8>) -> Bool {
    let port: ArraySlice<UInt8>
    if authority.first == UInt8(ascii: "[") {
      guard let bracket = authority.firstIndex(of: UInt8(ascii: "]")) else { return false }
      let address = authority[..<bracket].dropFirst()
      guard address.contains(UInt8(ascii: ":")), address.allSatisfy(isAddressByte) else { return false }
      port = authority[(bracket + 1)...]
    } else {
      let name = authority.prefix { $0 != UInt8(ascii: ":") }
      guard (1...253).contains(name.count), name.allSatisfy(isNameByte) else { return false }
      port = authority.dropFirst(name.count)
    }
    return port.isEmpty || isPort(port)
  }

  /// Whether it is a colon and a number from 1 to 65535.
  private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
    let digits = text.dropFirst()
    guard text.first == UInt8(ascii: ":"), digits.allSatisfy(\.isDigit) else { return false }
    return UInt16(String(decoding: digits, as: UTF8.self)).map { $0 > 0 } ?? false
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte.isAlphanumeric || ".-_".utf8.contains(byte)
  }

  private static func isAddressByte(_ byte: UInt8) -> Bool {
    byte.isDigit || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte.lowercased || ":.".utf8.contains(byte)
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    byte.isAlphanumeric || "/.-_~%".utf8.contains(byte)
  }
}
