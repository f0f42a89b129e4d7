import Glibc
import TestSupport
import Testing

@testable import CommandLine

@Suite struct ShownArgumentsTests {
  /// The arguments as they are shown.
  private func shown(_ arguments: String...) -> [String] {
    var area = arguments.flatMap { $0.utf8 + [UInt8(0)] }
    for place in ShownArguments.secrets(in: area).joined() { area[place] = UInt8(ascii: "*") }
    return area.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test func secretsAreHidden() {
    #expect(
      shown("fusfs", "/mnt", "--imei", "123", "--imei=45", "--proxy", "http://a:b@c", "--offline")
        == ["fusfs", "/mnt", "--imei", "***", "--imei=**", "--proxy", "************", "--offline"])
    #expect(
      shown("fusfs", "none", "/mnt", "-o", "ro,imei=123,proxy=a\\,b,fsname=x")
        == ["fusfs", "none", "/mnt", "-o", "ro,imei=***,proxy=****,fsname=x"])
    #expect(shown("fusfs", "-oimei=123,ro", "-foproxy=x") == ["fusfs", "-oimei=***,ro", "-foproxy=*"])
    #expect(shown("fusfs", "--imei", "é") == ["fusfs", "--imei", "**"])
  }

  @Test func allElseIsShown() {
    let arguments = [
      "fusfs", "/home/imei=1/mnt", "--cache-dir", "/proxy=x", "-o", "ximei=1,noproxy=2", "", "x",
    ]
    #expect(
      shown(
        arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6],
        arguments[7])
        == arguments)
    #expect(shown("fusfs", "--imei") == ["fusfs", "--imei"])
    #expect(ShownArguments.secrets(in: []).isEmpty)
  }

  @Test func noBytesMakeItFail() {
    var random = SplitMix(seed: 7)
    let words = ["--imei", "imei=", "proxy=", "--proxy=", ",", "\\", "-o", "\0", "x"].map { Array($0.utf8) }
    for _ in 0..<5000 {
      let area = (0..<Int(random.next() % 12)).flatMap { _ in words[Int(random.next() % UInt64(words.count))]
      }
      for secret in ShownArguments.secrets(in: area) {
        #expect(!secret.isEmpty && secret.lowerBound >= 0 && secret.upperBound <= area.count)
        #expect(!area[secret].contains(0))
      }
    }
  }

  @Test func placeIsReadFromTheKernel() throws {
    let fields = (3...52).map { "\($0 * 1000)" }.joined(separator: " ")
    let place = ShownArguments.addresses(inStat: Array("7 (a b) c) \(fields)\n".utf8))
    #expect(place == 48_000..<49_000)
    for text in ["", "7 (x) R 1 2", "7 x", "7 (x) " + String(repeating: "0 ", count: 50)] {
      #expect(ShownArguments.addresses(inStat: Array(text.utf8)) == nil)
    }
    let own = ShownArguments.addresses(inStat: try readFile("/proc/self/stat"))
    let shown = try readFile("/proc/self/cmdline")
    #expect(own == nil || own?.count == shown.count)
  }
}
