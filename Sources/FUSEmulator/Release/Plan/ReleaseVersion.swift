/// A version of four parts: the builds of the system, of the region's customisation, of the modem, and the whole's.
///
///     A207FXXU2CUI2 = model A207F, XX, kind U, boot loader 2, major C, year U, month I, build 2
struct ReleaseVersion: Equatable, CustomStringConvertible {
  let system: String
  let customisation: String
  let phone: String
  let data: String

  /// `PDA/CSC/PHONE/DATA`, or only the PDA, from which the others follow.
  init(_ text: String) throws(ReleaseFault) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 1 || parts.count == 4,
      parts.allSatisfy({ (9...24).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isCodeCharacter) })
    else {
      throw .usage(
        "\(text) is not a version: PDA or PDA/CSC/PHONE/DATA, each 9 to 24 capital letters and digits.")
    }
    system = parts[0]
    if parts.count == 4 {
      (customisation, phone, data) = (parts[1], parts[2], parts[3])
    } else {
      customisation = "\(system.dropLast(8))OXM\(system.suffix(5))"
      (phone, data) = (system, system)
    }
  }

  var description: String { "\(system)/\(customisation)/\(phone)/\(data)" }

  /// The three letters of the customisation, as in `OXM`.
  var customisationGroup: String { String(customisation.dropLast(5).suffix(3)) }

  /// Year and month that the PDA names: U is 2021 and I is September; nil when its letters name none.
  var month: (year: Int, month: Int)? {
    let letters = Array(system.utf8.suffix(3))
    let (year, month) = (Int(letters[0]) - 64, Int(letters[1]) - 64)
    guard (1...26).contains(year), (1...12).contains(month) else { return nil }
    return (2000 + year, month)
  }

  /// A capital letter or a digit.
  static func isCodeCharacter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
