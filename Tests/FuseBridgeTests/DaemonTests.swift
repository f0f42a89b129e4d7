import Glibc
import Primitives
import Testing

@testable import FuseBridge

@Suite("Going to the background", .timeLimit(.minutes(10)))
struct DaemonTests {
  /// The status and sentence that the foreground process gets when the background one runs the body.
  private static func outcome(
    _ background: (consuming Daemon.Readiness) -> Void
  ) throws -> (status: Int32, sentence: String?) {
    switch try Daemon.detach() {
    case .foreground(let status, let sentence):
      return (status, sentence)
    case .background(let readiness):
      background(readiness)
      _exit(0)
    }
  }

  @Test("The command returns once the background process is ready")
  func ready() async {
    await #expect(processExitsWith: .success) {
      let outcome = try Self.outcome { $0.ready() }
      #expect(outcome.status == 0 && outcome.sentence == nil)
    }
  }

  @Test("The command says why it failed")
  func failure() async {
    await #expect(processExitsWith: .success) {
      let outcome = try Self.outcome { $0.fail(status: 3, "There is no directory /mnt.") }
      #expect(outcome.status == 3 && outcome.sentence == "There is no directory /mnt.")
    }
  }

  @Test("The background process holds nothing open that the command was started with")
  func descriptors() async {
    await #expect(processExitsWith: .success) {
      let inherited = open("/dev/null", O_RDONLY)
      let outcome = try Self.outcome { readiness in
        let isOpen = fcntl(inherited, F_GETFD) >= 0
        readiness.fail(status: isOpen ? 4 : 3, "")
      }
      #expect(outcome.status == 3)
      #expect(fcntl(inherited, F_GETFD) >= 0)
    }
  }

  @Test("A background process that dies before it is ready is noticed")
  func death() async {
    await #expect(processExitsWith: .success) {
      let killed = try Self.outcome { readiness in
        kill(getpid(), SIGKILL)
        readiness.ready()
      }
      #expect(killed.status == 137)
      #expect(killed.sentence == "The background process ended with signal 9 before it was ready.")
      let silent = try Self.outcome { _ in }
      #expect(silent.status == 1)
      #expect(silent.sentence == "The background process ended with status 0 before it was ready.")
    }
  }
}
