import FuseBridge
import Glibc
import Primitives

/// The process's arguments where every user of the machine can read them, in `/proc/PID/cmdline`: with asterisks in
/// place of an IMEI and of a proxy's address, from the start of the program on.
///
/// ```
///   fusfs␀/mnt␀--imei␀356938035643809␀-o␀proxy=http://me:word@host,ro␀
///                     ***************       *******************
/// ```
enum ShownArguments {
  /// Puts the asterisks over the kernel's own copy; what Swift has read of the arguments before stays as it is.
  ///
  /// Where that cannot be found, as in some containers, nothing is done.
  static func hideSecrets() {
    guard let text = try? readSmallFile("/proc/self/stat"), let range = addresses(inStat: text),
      let start = unsafe UnsafeMutableRawPointer(bitPattern: range.lowerBound)
    else { return }
    let area = unsafe UnsafeMutableRawBufferPointer(start: start, count: range.count)
    let secrets = unsafe Self.secrets(in: Array(area))
    for place in secrets.joined() { unsafe area[place] = UInt8(ascii: "*") }
  }

  /// Where the arguments lie in memory, as fields 48 and 49 of `/proc/self/stat` tell, proc(5); nil if they do not.
  ///
  /// The second field is the program's name in parentheses, which may hold anything.
  static func addresses(inStat text: [UInt8]) -> Range<UInt>? {
    guard let name = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = text[(name + 1)...].split(whereSeparator: { $0 == 0x20 || $0 == 0x0A })
    guard fields.count > 46, let start = UInt(String(decoding: fields[45], as: UTF8.self)),
      let end = UInt(String(decoding: fields[46], as: UTF8.self)), start > 0, start < end,
      end - start <= largestArea
    else { return nil }
    return start..<end
  }

  /// The bytes of the arguments that must not be shown. Each argument ends with a NUL.
  static func secrets(in area: [UInt8]) -> [Range<Int>] {
    var secrets: [Range<Int>] = []
    var isValue = false
    var start = 0
    while start < area.count {
      let end = area[start...].firstIndex(of: 0) ?? area.count
      let argument = area[start..<end]
      if isValue {
        secrets.append(start..<end)
      } else {
        secrets += Self.secrets(inArgument: argument)
      }
      isValue = names.contains { argument.elementsEqual("--\($0)".utf8) }
      start = end + 1
    }
    return secrets.filter { !$0.isEmpty }
  }

  /// What stands behind `--imei=`, and behind `imei=` among the words of `-o`.
  private static func secrets(inArgument argument: ArraySlice<UInt8>) -> [Range<Int>] {
    var secrets: [Range<Int>] = []
    for name in names {
      if argument.starts(with: "--\(name)=".utf8) {
        return [(argument.startIndex + name.utf8.count + 3)..<argument.endIndex]
      }
      let word = Array("\(name)=".utf8)
      for start in argument.indices where argument[start...].starts(with: word) {
        // A letter before it makes it another word, unless it is that of `-o`.
        let before = start > argument.startIndex ? argument[start - 1] : nil
        let isFirst = before == nil || before == UInt8(ascii: ",")
        let isBehindLetter = before == UInt8(ascii: "o") && argument.first == UInt8(ascii: "-")
        guard isFirst || isBehindLetter else { continue }
        let value = start + word.count
        secrets.append(value..<end(ofWordAt: value, in: argument))
      }
    }
    return secrets
  }

  /// The next comma that no backslash stands before.
  private static func end(ofWordAt start: Int, in argument: ArraySlice<UInt8>) -> Int {
    var isEscaped = false
    for (index, byte) in zip(argument[start...].indices, argument[start...]) {
      if byte == UInt8(ascii: ","), !isEscaped { return index }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
    return argument.endIndex
  }

  private static let names = Option.table.filter(\.isSecret).map(\.name)

  /// More than the kernel gives a program, in bytes.
  private static let largestArea: UInt = 64 << 20
}
