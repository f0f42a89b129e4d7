import FUSNet
import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

struct TreeTests {
  private let folder = TemporaryDirectory()
  private let members: [(name: String, bytes: [UInt8])] = [
    ("AP_two.tar.md5", Array(repeating: 7, count: 1000)), ("BL_one.tar.md5", [1, 2, 3]), ("extra.txt", [9]),
  ]
  private let mount: TestMount
  private let latest = "SM-A207F/SER/latest"

  init() throws {
    let server = FakeServer(
      ["A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2", "A207FXXU1BTK1/A207FOXM1BTK1/A207FXXU1BTK1"],
      package: storedZIP(members))
    mount = try TestMount(server, folder: folder)
  }

  @Test func rootListsWhatIsKnown() async throws {
    #expect(try await mount.names("") == [".fusfs"])
    _ = try await mount.node("SM-A207F/SER")
    #expect(try await mount.names("") == [".fusfs", "SM-A207F"])
    #expect(try await mount.names("SM-A207F") == ["SER"])
    #expect(try await mount.names("SM-A207F/SER") == ["latest", "A207FXXU2CUI2", "A207FXXU1BTK1"])
  }

  @Test func aWellFormedModelIsEnteredWithoutAsking() async throws {
    _ = try await mount.node("SM-X999Z")
    #expect(mount.server.asked == FakeServer.Asked())
  }

  @Test(arguments: [
    ".git", "sm-a207f", "SM A207F", "..", "SM-A207F-", "lost+found", "desktop.ini", "A", "", "%2F", "SM\nA1",
  ])
  func namesThatCanBeNoModelAreAbsentWithoutAsking(name: String) async {
    await #expect { try await self.mount.tree.child(named: name, of: .root) } throws: {
      ($0 as? Failure)?.code == .notFound
    }
    #expect(mount.server.asked == FakeServer.Asked())
  }

  @Test func listingAReleaseReadsNoByte() async throws {
    #expect(
      try await mount.names(latest) == [
        "SM-A207F_2_20210928113735_g3wsdfg48a_fac.zip", "release.json", "inform.xml", "BL_one.tar.md5",
        "AP_two.tar.md5", "BL", "AP",
      ])
    #expect(mount.server.bytes.ranges.isEmpty)
    #expect(mount.server.asked == FakeServer.Asked(histories: 1, informs: 1))
  }

  @Test func thePackageIsRightAboutItsMembers() async throws {
    let child = try await mount.tree.child(named: "AP_two.tar.md5", of: try await mount.node(latest))
    #expect(try await mount.tree.attributes(of: child.node).size == 1000)
    #expect(mount.server.bytes.ranges.count == 1)
    #expect(Set(try await mount.names(latest)).isSuperset(of: members.map(\.name)))
  }

  @Test func aMemberThatTheReplyDoesNotNameIsFound() async throws {
    let file = try await mount.tree.open(try await mount.node("\(latest)/extra.txt"))
    #expect(try await file.content.bytes(at: 0, count: 1) == [9])
    mount.tree.close(file)
  }

  @Test(arguments: [".git", "Thumbs.db", "desktop.ini", ".hidden"])
  func probesInAReleaseReadNoByte(name: String) async throws {
    let directory = try await mount.node(latest)
    await #expect(throws: Failure.self) { try await self.mount.tree.child(named: name, of: directory) }
    #expect(mount.server.bytes.ranges.isEmpty)
  }

  @Test func latestAndItsReleaseShowTheSameFiles() async throws {
    let one = try await mount.node("\(latest)/release.json")
    let other = try await mount.node("SM-A207F/SER/A207FXXU2CUI2/release.json")
    #expect(one.inode == other.inode)
    #expect(try await mount.node(latest).inode != mount.node("SM-A207F/SER/A207FXXU2CUI2").inode)
  }

  @Test func inodeNumbersDependOnThePathAlone() async throws {
    #expect(Node.root.inode == 1)
    #expect(Node.model(DeviceModel("SM-A207F")!).inode == Node.model(DeviceModel("SM-A207F")!).inode)
    var numbers: Set<UInt64> = []
    for number in 0..<2000 { numbers.insert(Node.model(DeviceModel("SM-A\(number)")!).inode) }
    #expect(numbers.count == 2000)
    #expect(numbers.allSatisfy { $0 > 1 && $0 <= UInt64(Int64.max) })
  }

  @Test func timesComeFromTheHistoryWhereTheReplyTellsNone() async throws {
    let node = try await mount.node("\(latest)/release.json")
    #expect(try await mount.tree.attributes(of: node).modified == 1_633_625_949)
    #expect(try await mount.tree.attributes(of: .root).modified == 5)
  }

  @Test func attributesTellNoSecret() async throws {
    let node = try await mount.node("\(latest)/release.json")
    let names = mount.tree.extendedAttributeNames(of: node)
    #expect(names.contains("user.fus.version"))
    #expect(names.allSatisfy { $0.hasPrefix("user.fus.") })
    #expect(
      String(decoding: try mount.tree.extendedAttribute("user.fus.model", of: node), as: UTF8.self)
        == "SM-A207F")
    #expect { try mount.tree.extendedAttribute("user.fus.nonce", of: node) } throws: {
      ($0 as? Failure)?.code == .noAttribute
    }
  }

  @Test func aFileHasNoEntriesAndADirectoryNoBytes() async throws {
    let file = try await mount.node("\(latest)/release.json")
    await #expect { try await self.mount.tree.children(of: file) } throws: {
      ($0 as? Failure)?.code == .notDirectory
    }
    await #expect { try await self.mount.tree.open(.root) } throws: { ($0 as? Failure)?.code == .isDirectory }
  }
}
