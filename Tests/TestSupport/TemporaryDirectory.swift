import Glibc

/// A directory of a test's own, removed with all in it when the value goes away.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init() {
    var template = Array("\(Self.base)/fusfs-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { fatalError("no temporary directory: errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { removeAll(path) }

  /// All bytes of a file in it.
  package func read(_ name: String) throws(TestFailure) -> [UInt8] {
    try readFile("\(path)/\(name)")
  }

  package func write(_ bytes: [UInt8], to name: String) throws(TestFailure) {
    try writeFile("\(path)/\(name)", bytes)
  }

  /// Runs a shell script in it, which fails when any of its commands does; gives the script's output.
  @discardableResult
  package func shell(_ script: String, within limit: Duration = .seconds(120)) throws(TestFailure) -> String {
    let ended = try TestSupport.shell(
      "set -euo pipefail; cd '\(path)'; \(script)", within: limit, environment: ["LC_ALL": "C", "TZ": "UTC"])
    guard ended.status == 0 else {
      throw TestFailure(
        description: "\(script)\nended with \(ended.status):\n\(ended.errors)\(ended.output)")
    }
    return ended.output
  }

  private static var base: String {
    guard let value = unsafe getenv("TMPDIR") else { return "/tmp" }
    return unsafe String(cString: value)
  }
}
