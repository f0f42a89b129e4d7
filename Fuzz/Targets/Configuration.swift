import Primitives

@testable import CommandLine

extension FuzzTarget {
  /// The configuration file, up to the options that it sets.
  static let configuration = FuzzTarget(name: "configuration", largestInput: 8 << 10) {
    (input) async throws(Failure) in
    do throws(Failure) {
      let file = try ConfigurationFile(parsing: String(decoding: input, as: UTF8.self), name: "config.toml")
      expect(Set(file.entries.map(\.key)).count == file.entries.count, "a key comes twice")
      for entry in file.entries {
        expect(ConfigurationFile.isBareKey(entry.key) || entry.key.utf8.count > 64, "the key \(entry.key)")
        expect(entry.line > 0 && entry.line <= input.count + 1, "line \(entry.line)")
      }
    } catch {
      expect(error.code == .invalid, "\(error.code): \(error.cause)")
      expect(!error.cause.unicodeScalars.contains { $0.value < 0x20 }, "more than a line: \(error.cause)")
      expect(error.cause.utf8.count < 2000, "a sentence of \(error.cause.utf8.count) bytes")
    }
  }
}
