import Glibc
import Primitives
import TestSupport
import Testing

struct TrustedPathTests {
  private let folder = TemporaryDirectory()

  private func resolve(
    _ name: String, followingLast: Bool = false, making: Bool = true
  ) throws(Failure) -> String {
    try TrustedPath.resolve(
      "\(folder.path)/\(name)", for: geteuid(), followingLast: followingLast, making: making,
      what: "The file", cure: "Move it.")
  }

  private func make(_ script: String) throws {
    try folder.shell(script)
  }

  @Test func aWayIsWalkedAsTheKernelWalksIt() throws {
    try make(
      """
      mkdir -p a/b c; : > a/b/file; ln -s ../c a/link; ln -s "$PWD/a/b" c/absolute; ln -s b/file a/last
      ln -s c/absolute/../link/absolute/file long
      """)
    for (name, place) in [
      ("a/b/file", "a/b/file"), ("a//./b/../b/file", "a/b/file"), ("a/link/absolute/file", "a/b/file"),
      ("a/link/x", "c/x"), ("a/b/..", "a"), ("c/absolute/..", "a"), ("a/last", "a/last"), ("long", "long"),
    ] {
      let path = try resolve(name)
      #expect(path.hasSuffix("/\(place)"), "\(name): \(path)")
      guard name != "a/link/x" else { continue }
      #expect(try folder.shell("stat -c %i \(name)") == folder.shell("stat -c %i '\(path)'"), "\(name)")
    }
    #expect(try resolve("a/last", followingLast: true).hasSuffix("/a/b/file"))
    #expect(try resolve("long", followingLast: true).hasSuffix("/a/b/file"))
    #expect(try TrustedPath.resolve("/", for: geteuid(), what: "The root", cure: "") == "/")
    #expect(try TrustedPath.resolve("/../..", for: geteuid(), what: "The root", cure: "") == "/")
  }

  @Test func whatIsMissingStaysAsItIs() throws {
    try make("mkdir a; : > file; ln -s nowhere/at/all broken")
    for (name, place) in [
      ("a/b/c", "a/b/c"), ("file/x", "file/x"), ("a/b/../c", "a/b/../c"), ("broken/x", "nowhere/at/all/x"),
    ] {
      #expect(try resolve(name).hasSuffix("/\(place)"), "\(name)")
    }
    #expect(try resolve("broken", followingLast: true).hasSuffix("/nowhere/at/all"))
    #expect(try resolve("a/missing", making: false).hasSuffix("/a/missing"))
    #expect(throws: Failure.self) { try resolve("missing/file", making: false) }
  }

  @Test func linksWithoutEndAreRefused() throws {
    try make("ln -s two one; ln -s one two")
    #expect(throws: Failure.self) { try resolve("one/x") }
    #expect(throws: Failure.self) { try resolve("one", followingLast: true) }
  }

  @Test func aDirectoryThatEverybodyCanWriteMustBeSticky() throws {
    try make("mkdir -p open/mine; : > open/file")
    for mode in ["777", "707", "2707"] {
      try make("chmod \(mode) open")
      for name in ["open/file", "open/mine/x", "open/../x"] {
        let failure = #expect(throws: Failure.self) { try resolve(name) }
        #expect(
          failure?.code == .accessDenied && failure?.cause.contains("lies in \(folder.path)/open,") == true)
      }
      // What lies in it may be anything; itself it cannot be replaced.
      #expect(try resolve("open").hasSuffix("/open"))
    }
    for mode in ["1777", "775", "755"] {
      try make("chmod \(mode) open")
      #expect(try resolve("open/file").hasSuffix("/open/file"))
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files to another user"))
  func whatBelongsToOthersIsRefused() throws {
    try make("mkdir -p theirs/below ours; ln -s ours link; chown 12345 theirs; chown -h 12345 link")
    for (name, words) in [
      ("theirs/x", "lies in \(folder.path)/theirs, which belongs to another user (12345)"),
      ("theirs/below/x", "lies in \(folder.path)/theirs, "),
      ("link/x", "the symbolic link \(folder.path)/link, which belongs to another user (12345)"),
    ] {
      let failure = #expect(throws: Failure.self) { try resolve(name) }
      #expect(failure?.cause.contains(words) == true, "\(failure?.cause ?? "")")
      #expect(failure?.cure == "Move it.")
      // To that user it is his own, and what is root's is trusted by all.
      let path = try TrustedPath.resolve(
        "\(folder.path)/\(name)", for: 12345, what: "The file", cure: "Move it.")
      #expect(path.hasSuffix("/x"))
    }
  }
}
