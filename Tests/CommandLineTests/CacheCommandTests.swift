import FUSFSCore
import Primitives
import TestSupport
import Testing

@testable import CommandLine

@Suite(.timeLimit(.minutes(2))) struct CacheCommandTests {
  private func run(_ arguments: [String]) throws -> (status: Int32, errors: String) {
    guard case .cache(let options) = try parse(["cache"] + arguments) else {
      throw TestFailure(description: "\(arguments) is not of the cache")
    }
    let errors = Locked("")
    let output = ProgramOutput(
      standard: { _ in true }, error: { text in errors.withLock { $0 += text } })
    return (CacheCommand(options, output: output).run(), errors.withLock { $0 })
  }

  @Test(arguments: [["unpin", "x.zip"], ["unpin", "SM-A207F/SER"], ["pin", "x.zip"]])
  func noCacheIsMadeToFindNothingInIt(arguments: [String]) throws {
    try withTemporaryDirectory { directory in
      // A port that nobody listens on.
      let result = try run(
        arguments + ["--cache-dir", "\(directory)/none", "--server-url", "http://127.0.0.1:1/"])
      #expect(result.status == ExitStatus.failure)
      #expect(result.errors.contains("\(directory)/none"), "\(result.errors)")
      #expect(fileNames(in: directory.text).isEmpty)
    }
  }

  /// What only looks like a mount must not say which cache is written to.
  @Test func whatIsNotMountedIsNotTrusted() throws {
    try withTemporaryDirectory { directory in
      let file = "\(directory)/x.zip.enc4"
      _ = try shell("mkdir '\(directory)/.fusfs' && : > '\(file)'")
      for (name, value) in [("model", "SM-A207F"), ("binary_name", "x.zip.enc4")] {
        #expect(try shell("setfattr -n 'user.fus.\(name)' -v '\(value)' '\(file)'").status == 0)
      }
      let status = """
        {"version": "1.2.3", "uptime_seconds": 1, "offline": false,
         "cache": {"directory": "\(directory)/theirs", "block_bytes": 1, "index_bytes": 1, "file_bytes": 1,
                   "limit_bytes": 1, "pinned_bytes": 1, "waiting_bytes": 0},
         "fetching": {"downloads": 0, "blocks_under_way": 0, "waiting_reads": 0, "memory_bytes": 0},
         "releases": []}
        """
      try writeFile("\(directory)/.fusfs/status.json", Array(status.utf8))
      #expect(try MountedPackage(near: file) == nil)
      #expect(try run(["pin", file, "--cache-dir", "\(directory)/own"]).status == ExitStatus.failure)
      #expect(Set(fileNames(in: directory.text)) == [".fusfs", "x.zip.enc4"])
    }
  }
}
