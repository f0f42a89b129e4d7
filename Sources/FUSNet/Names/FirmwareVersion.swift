/// The four names of one release: what a phone's parts report as their builds.
///
///     A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2/A207FXXU2CUI2
///     └─── PDA ───┘ └─── CSC ───┘ └── PHONE ──┘ └─── DATA ──┘
///
/// Servers leave out what repeats: without a fourth part, DATA is PDA; an empty PHONE (a tablet) is PDA too.
package struct FirmwareVersion: Hashable, Sendable, CustomStringConvertible {
  /// The operating system's build; names the release's directory.
  package let pda: String
  /// The region's settings.
  package let csc: String
  /// The modem's firmware.
  package let phone: String
  package let data: String

  private static let longestPart = 64

  /// Nil unless it has three or four parts, each of at most 64 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`,
  /// beginning with a letter or a digit.
  package init?(_ text: String) {
    guard text.utf8.count <= 4 * Self.longestPart + 3 else { return nil }
    var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 || parts.count == 4 else { return nil }
    if parts.count == 3 { parts.append("") }
    if parts[2].isEmpty { parts[2] = parts[0] }
    if parts[3].isEmpty { parts[3] = parts[0] }
    guard parts.allSatisfy(Self.isPart) else { return nil }
    (pda, csc, phone, data) = (parts[0], parts[1], parts[2], parts[3])
  }

  package var description: String { "\(pda)/\(csc)/\(phone)/\(data)" }

  private static func isPart(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, first.isAlphanumeric, bytes.count <= longestPart else { return false }
    return bytes.allSatisfy {
      $0.isAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
  }
}
