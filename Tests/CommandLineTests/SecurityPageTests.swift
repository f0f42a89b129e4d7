import TestSupport
import Testing

/// docs/SECURITY.md names what there is.
@Suite struct SecurityPageTests {
  private static let project = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  /// What stands between backticks.
  private static let names: [String] = {
    guard let bytes = try? readFile("\(project)/docs/SECURITY.md") else { return [] }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "`", omittingEmptySubsequences: false)
    return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
  }()

  /// `CacheDirectory`, `TrustedPathTests`, `SchemaTests.otherTablesAreDamage`; no variables, which have no small letter.
  private static let declared = Set(names).filter { name in
    name.first?.isUppercase == true && name.contains(where: \.isLowercase)
      && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." } && !name.hasSuffix(".md")
  }.sorted()

  @Test func itNamesMuch() {
    #expect(Self.declared.count > 60)
    #expect(Self.declared.count { $0.contains("Tests") } > 30)
  }

  @Test(arguments: declared) func whatIsNamedIsThere(name: String) throws {
    let parts = name.split(separator: ".")
    let files = try shell(
      """
      grep -rlE '(struct|class|enum|protocol|extension|typealias) \(parts[0])\\b' \
        '\(Self.project)/Sources' '\(Self.project)/Tests' --include='*.swift'
      """
    ).output.split(separator: "\n")
    #expect(!files.isEmpty, "there is no \(parts[0])")
    guard parts.count == 2 else { return }
    let list = files.map { "'\($0)'" }.joined(separator: " ")
    #expect(try shell("grep -qE 'func \(parts[1])\\b' \(list)").status == 0, "there is no \(name)")
  }

  @Test func itsFuzzTargetsAreThere() {
    let targets = Set(Self.names.filter { name in name.allSatisfy { $0.isLowercase || $0 == "-" } })
    let known = Set(fileNames(in: "\(Self.project)/Fuzz/Corpus"))
    #expect(targets.intersection(known).isSuperset(of: ["cache-rows", "messages", "head", "configuration"]))
    #expect(targets.filter { $0.contains("-") }.subtracting(known).isEmpty)
  }
}
