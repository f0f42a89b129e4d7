import Primitives

@testable import FUSNet

extension FuzzTarget {
  /// The messages of the servers: what they say of a release's package, and which releases there are.
  static let messages = FuzzTarget(name: "messages", largestInput: 64 << 10) {
    (input) async throws(Failure) in
    ifServed { () throws(Failure) in
      let inform = try BinaryInform(reply: input)
      expectFileName(inform.binaryName)
      expect((1...1 << 40).contains(inform.byteSize), "\(inform.byteSize) bytes")
      for member in inform.members { expectFileName(member.name) }
      expect(
        inform.members.count <= BinaryInform.MemberRole.allCases.count, "\(inform.members.count) members")
      expectLine(inform.osName)
      expectLine(inform.displayName)
      expectLine(inform.modelPath)
      expect(
        !inform.modelPath.contains("..") && !inform.modelPath.contains("?"), "the path \(inform.modelPath)")
    }
    for source in [Profile.HistorySource.smartHistory, .versionList] {
      ifServed { () throws(Failure) in
        let history = try ReleaseHistory(reply: input, source: source)
        let names = history.releases.map { "\($0.version)" }
        expect(Set(names).count == names.count, "a release comes twice")
        for release in history.releases {
          expectFileName("\(release.version)".split(separator: "/").first.map(String.init) ?? "")
          expectLine(release.osName)
          expectLine(release.displayName)
        }
      }
    }
  }

  /// The lines of a reply's head, and what is read out of its fields.
  static let head = FuzzTarget(name: "head", largestInput: 128 << 10) { (input) async throws(Failure) in
    var reader = HTTPHeadReader()
    var ended: HTTPResponseHead?
    let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines where ended == nil {
      switch reader.take(line: Array(line.prefix { $0 != 0x0D })) {
      case .goesOn, .finalBegins: continue
      case .ended(let head): ended = head
      case .malformed, .tooLong: return
      }
    }
    guard let head = ended else { return }
    expect((200...999).contains(head.status), "the status \(head.status)")
    expect(head.fields.reduce(0) { $0 + $1.name.utf8.count } <= 3 * (64 << 10), "a head of too many bytes")
    for echo in [Profile.CookieEcho.all, .session] {
      var jar = CookieJar(echo: echo)
      for text in head.values("Set-Cookie") { jar.take(setCookie: text) }
      if let header = jar.header { expectLine(header) }
    }
    for text in head.fields.map(\.value) {
      if let range = ContentRange(text) {
        expect(!range.bytes.isEmpty && range.bytes.upperBound <= range.total, "\(range)")
      }
      expect((0...3600).contains(RetryAfter.seconds(text, now: 1_700_000_000)), "a wait that is none")
    }
  }
}

/// What is refused must be refused as a server's fault, in one short line.
private func ifServed(_ body: () throws(Failure) -> Void) {
  do throws(Failure) { try body() } catch {
    let codes: [Failure.Code] = [
      .network, .damaged, .notFound, .accessDenied, .protocolViolation, .unsupported,
    ]
    expect(codes.contains(error.code), "\(error.code): \(error.cause)")
    expectLine(error.description)
    expect(error.description.utf8.count < 2000, "a sentence of \(error.description.utf8.count) bytes")
  }
}

private func expectFileName(_ name: String) {
  expect(!name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255, "the name “\(name)”")
  expect(!name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 0x20 || $0 == 0x7F }, "the name “\(name)”")
}

private func expectLine(_ text: String) {
  expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "more than a line: \(text)")
}
