import FoundationEssentials
import Glibc
import TestSupport

/// The emulator, serving releases on loopback until the value goes away.
final class EmulatedServer {
  struct Counters: Decodable {
    struct Range: Decodable {
      let file: String
      let first: UInt64
      let last: UInt64
      let sent: UInt64
      let status: Int
    }

    let requests: [String: Int]
    let statuses: [String: Int]
    let bytesSent: UInt64
    let ranges: [Range]
    let active: Int
  }

  let url: String
  private let process: ChildProcess

  convenience init(_ releases: [MadeRelease], _ options: [String] = []) throws {
    try self.init(folders: releases.map(\.directory), options)
  }

  init(folders: [String], _ options: [String] = []) throws {
    process = try ChildProcess(
      [Binaries.emulator, "serve", "--port", "0"] + folders.flatMap { ["--release", $0] } + options)
    url = try process.firstLine(within: .seconds(20))
  }

  deinit {
    process.signal(SIGCONT)
    process.end()
  }

  /// Makes the link go, with all connections as they are, and come back.
  func vanish(for seconds: UInt32) {
    process.signal(SIGSTOP)
    sleep(seconds)
    process.signal(SIGCONT)
  }

  /// Changes options while it runs, one `name=value` a line.
  func set(_ lines: String...) throws {
    let answer = try shell(
      "curl -sS --fail-with-body --max-time 10 --data-binary @- '\(url)emulator/set' <<'END'\n"
        + lines.joined(separator: "\n") + "\nEND\n")
    guard answer.status == 0 else { throw ChildProcess.Failure(description: answer.output + answer.errors) }
  }

  var counters: Counters {
    get throws {
      let answer = try shell("curl -sS --fail --max-time 10 '\(url)emulator/counters'")
      guard answer.status == 0 else { throw ChildProcess.Failure(description: answer.errors) }
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Counters.self, from: Data(answer.output.utf8))
    }
  }

  func resetCounters() throws {
    _ = try shell("curl -sS --fail --max-time 10 -X POST '\(url)emulator/counters/reset'")
  }

  /// The cookies, nonces and signatures of all sessions so far.
  var secrets: [String] {
    get throws {
      let answer = try shell("curl -sS --fail --max-time 10 '\(url)emulator/secrets'")
      guard answer.status == 0 else { throw ChildProcess.Failure(description: answer.errors) }
      return try JSONDecoder().decode([String].self, from: Data(answer.output.utf8))
    }
  }

  /// Why requests were refused, if any were.
  var refusals: String {
    get throws { try shell("curl -sS --max-time 10 '\(url)emulator/refusals'").output }
  }
}
