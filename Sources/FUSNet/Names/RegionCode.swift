/// A region's code, also called CSC (customer software code): `SER`, `XAA`, `EUX`.
package struct RegionCode: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  /// Three of `A`–`Z` and `0`–`9`. Nil for anything else.
  package init?(_ text: String) {
    guard text.utf8.count == 3, text.utf8.allSatisfy({ $0.isUppercase || $0.isDigit }) else { return nil }
    description = text
  }
}
