import FUSNet

/// The address of a proxy, which may hold a user's name and password before its host.
struct ProxyAddress: Sendable, Equatable {
  /// As libcurl takes it.
  let address: Secret

  private static let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]

  init?(parsing text: String) {
    let bytes = Array(text.utf8)
    guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    var server = text
    if let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
      guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8),
        colon + 3 < at, !bytes[(colon + 3)..<at].contains(UInt8(ascii: "/"))
      else { return nil }
      server = String(decoding: bytes[...(colon + 2)] + bytes[(at + 1)...], as: UTF8.self)
    }
    guard let checked = ServerURL(server, schemes: Self.schemes), checked.path == "/" else { return nil }
    address = Secret(text)
  }
}
