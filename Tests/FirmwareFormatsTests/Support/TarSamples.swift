import FirmwareFormats
import Primitives
import TestSupport

/// A tar archive put together block by block, so that every part of it may be wrong.
struct TarMaker {
  private(set) var bytes: [UInt8] = []

  /// A header with its checksum; `edit` changes it before that is computed.
  mutating func header(
    _ name: String, type: Character = "0", size: UInt64 = 0, edit: (inout [UInt8]) -> Void = { _ in }
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    put(String(decoding: name.utf8.prefix(100), as: UTF8.self), at: 0)
    put("0000644\0", at: 100)
    let digits = String(size, radix: 8)
    put(String(repeating: "0", count: 11 - digits.count) + digits, at: 124)
    put("00000000144", at: 136)
    put(String(type), at: 156)
    put("ustar\u{0}00", at: 257)
    edit(&block)
    bytes += Self.withChecksum(block)
  }

  static func withChecksum(_ block: [UInt8]) -> [UInt8] {
    var block = block
    block.replaceSubrange(148..<156, with: "        ".utf8)
    let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    block.replaceSubrange(148..<155, with: (String(repeating: "0", count: 6 - sum.count) + sum + "\0").utf8)
    return block
  }

  /// Bytes filled up to a whole block.
  mutating func content(_ content: [UInt8]) {
    bytes += content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  mutating func file(_ name: String, _ text: String = "") {
    header(name, size: UInt64(text.utf8.count))
    content(Array(text.utf8))
  }

  mutating func directory(_ name: String) { header(name, type: "5") }

  mutating func extensionHeader(_ type: Character, _ text: [UInt8]) {
    header("././@Extension", type: type, size: UInt64(text.count))
    content(text)
  }

  mutating func longName(_ name: String) { extensionHeader("L", Array(name.utf8) + [0]) }

  mutating func records(_ records: KeyValuePairs<String, String>, type: Character = "x") {
    extensionHeader(type, records.flatMap { Self.record($0.key, $0.value) })
  }

  static func record(_ key: String, _ value: String) -> [UInt8] {
    let rest = Array(" \(key)=\(value)\n".utf8)
    var length = rest.count + 1
    while "\(length)".utf8.count + rest.count != length { length = "\(length)".utf8.count + rest.count }
    return "\(length)".utf8 + rest
  }

  mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }
}

extension [UInt8] {
  /// A tar archive with its end.
  static func tar(_ make: (inout TarMaker) -> Void) -> [UInt8] {
    var maker = TarMaker()
    make(&maker)
    maker.end()
    return maker.bytes
  }
}

extension TarScanner {
  /// Fed with all bytes at once.
  init(_ archive: [UInt8]) {
    self.init(size: UInt64(archive.count))
    feed(archive[...], at: 0)
  }

  mutating func feed(_ bytes: ArraySlice<UInt8>, at offset: UInt64) {
    let copy = Array(bytes)
    unsafe feed(copy.span.bytes, at: offset)
  }

  /// Fed with just what it wants, until it has ended.
  mutating func feedWanted(of archive: [UInt8]) {
    while let wanted { feed(archive[Int(wanted.lowerBound)..<Int(wanted.upperBound)], at: wanted.lowerBound) }
  }

  var paths: [String] { entries.map { $0.path.joined(separator: "/") } }

  /// The sentence of an ending that is none.
  var damage: String? {
    if case .damaged(let failure) = ending { failure.cause } else { nil }
  }

  var isComplete: Bool {
    if case .complete = ending { true } else { false }
  }
}
