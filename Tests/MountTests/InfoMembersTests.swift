import FoundationEssentials
import TestSupport
import Testing

extension MountTests {
  /// `fusfs info --members`: what a mount would show, told without one.
  @Suite struct InfoMembersTests {
    private final class Tree: Decodable {
      let name: String
      let kind: String
      let size: UInt64?
      let children: [Tree]?
      let problem: String?

      /// The sizes of all files below, by their paths.
      func sizes(_ prefix: String = "") -> [(String, UInt64?)] {
        (children ?? []).flatMap { child in
          child.kind == "file"
            ? [(prefix + child.name, child.size)] : child.sizes(prefix + child.name + "/")
        }
      }
    }

    private let folder = TemporaryDirectory()

    private func info(_ server: EmulatedServer, _ options: String...) throws -> ChildProcess.Finished {
      let arguments = [
        "info", MadeRelease.model, MadeRelease.region, "--members", "--cache-dir", "\(folder.path)/cache",
        "--server-url", server.url, "--cdn-url", server.url, "--fota-url", server.url,
      ]
      return try ChildProcess([Binaries.fusfs] + arguments + options).finish(within: .seconds(60))
    }

    private func tree(_ server: EmulatedServer, _ options: String...) throws -> Tree {
      let found =
        switch options.count {
        case 0: try info(server, "--json")
        default: try info(server, "--json", "--depth", options[0])
        }
      guard found.status == 0 else { throw TestFailure(description: found.errors + found.output) }
      return try JSONDecoder().decode(Tree.self, from: Data(found.output.utf8))
    }

    @Test func allSizesAreExact() throws {
      let release = try MadeRelease.two.get()[0]
      let server = try EmulatedServer([release])
      let all = try tree(server)
      #expect(all.name == "A207FXXU2CUI2")
      let sizes = all.sizes()
      let found = Dictionary(sizes, uniquingKeysWith: { first, _ in first })
      #expect(found.count == sizes.count)
      #expect(Set(found.keys) == Set(release.files.map(\.path) + MadeRelease.told))
      for file in release.files { #expect(found[file.path] == file.size, "\(file.path)") }

      // What was learnt is kept: the second time downloads nothing.
      try server.resetCounters()
      let words = try info(server)
      #expect(words.status == 0)
      #expect(try server.counters.requests["data"] ?? 0 == 0)
      for file in release.files {
        let name = String(file.path.split(separator: "/").last ?? "")
        #expect(
          words.output.split(separator: "\n").contains { line in
            let cells = line.split(separator: " ")
            return cells.count > 2 && cells[0] == name && cells[1] == "\(file.size)"
          }, "\(file.path)")
      }
      #expect(words.output.hasPrefix("A207FXXU2CUI2/\n  SM-A207F_2_"))
    }

    @Test func depthBoundsIt() throws {
      let release = try MadeRelease.two.get()[0]
      let server = try EmulatedServer([release])
      for (depth, deepest) in [("1", 1), ("2", 2), ("3", 3)] {
        let found = try tree(server, depth).sizes().map(\.0)
        let expected = release.files.map(\.path) + MadeRelease.told
        #expect(Set(found) == Set(expected.filter { $0.split(separator: "/").count <= deepest }), "\(depth)")
        // A release's own files cost its tail and no more.
        if deepest == 1 { #expect(try server.counters.bytesSent < 4 << 20) }
      }
      let top = try tree(server, "1").children?.first { $0.name == "AP" }
      #expect(top?.kind == "directory" && top?.children == nil)
    }

    @Test func whatCannotBeFoundOutIsToldInPlace() throws {
      let release = try HostilePackage("lz4-cut")
      let server = try EmulatedServer(folders: [release.directory])
      let words = try info(server)
      #expect(words.status == 1)
      let line = words.output.split(separator: "\n").first { $0.hasPrefix("    cut.img ") }
      #expect(line?.contains("is damaged") == true, "\(words.output)")
      #expect(words.output.contains("\n    last.img "))
      let json = try info(server, "--json")
      #expect(json.status == 1)
      let tree = try JSONDecoder().decode(Tree.self, from: Data(json.output.utf8))
      let directory = tree.children?.first { $0.name == "AP" }
      let cut = directory?.children?.first { $0.name == "cut.img" }
      #expect(cut?.size == nil && cut?.problem?.contains("is damaged") == true)
    }
  }
}
