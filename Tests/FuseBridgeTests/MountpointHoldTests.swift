import Glibc
import Primitives
import Testing

@testable import FuseBridge

@Suite("A hold on the directory mounted on")
struct MountpointHoldTests {
  @Test("Whoever waits for its end waits for all who hold it")
  func waiting() throws {
    var template = Array("/tmp/fusfs-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { rmdir(path) }
    hold(path) {
      hold(path) { #expect(!hasEnded(path)) }
      #expect(!hasEnded(path))
    }
    #expect(hasEnded(path))
  }

  @Test("A directory that is not there is neither held nor waited for")
  func absence() {
    #expect(hasEnded("/no/such/directory"))
    if MountpointHold("/no/such/directory") != nil { Issue.record("There is a hold on nothing.") }
  }

  /// Runs the body while the directory is held.
  private func hold(_ path: String, _ body: () -> Void) {
    let hold = MountpointHold(path)
    if hold == nil { Issue.record("\(path) is not held.") }
    body()
    extendLifetime(hold)
  }

  private func hasEnded(_ path: String) -> Bool {
    (try? MountpointHold.waitForEnd(at: path, limit: .zero)) != nil
  }
}
