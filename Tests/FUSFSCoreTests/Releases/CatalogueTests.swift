import FUSNet
import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

struct CatalogueTests {
  private let folder = TemporaryDirectory()
  private let versions = [
    "A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2", "A207FXXU1BTK1/A207FOXM1BTK1/A207FXXU1BTK1",
  ]
  private let zip = storedZIP([("AP_two.tar.md5", [1, 2, 3])])

  private func mount(isOffline: Bool = false, at start: Double = 1_000_000) throws -> TestMount {
    try TestMount(FakeServer(versions, package: zip), folder: folder, isOffline: isOffline, at: start)
  }

  private let unknown = Device(model: DeviceModel("SM-X000")!, region: RegionCode("XXX")!)

  @Test func aHistoryIsAskedForOnceWithinItsTime() async throws {
    let mount = try mount()
    for _ in 0..<3 { _ = try await mount.catalogue.history(of: FakeServer.device) }
    mount.advance(by: 3599)
    _ = try await mount.catalogue.history(of: FakeServer.device)
    #expect(mount.server.asked.histories == 1)
    mount.advance(by: 2)
    _ = try await mount.catalogue.history(of: FakeServer.device)
    #expect(mount.server.asked.histories == 2)
  }

  @Test func anUnknownDeviceIsNotAskedForAgainForAMinute() async throws {
    let mount = try mount()
    for _ in 0..<3 {
      await #expect { try await mount.catalogue.history(of: self.unknown) } throws: {
        ($0 as? Failure)?.code == .notFound
      }
    }
    #expect(mount.server.asked.histories == 1)
    mount.advance(by: 61)
    await #expect(throws: Failure.self) { try await mount.catalogue.history(of: self.unknown) }
    #expect(mount.server.asked.histories == 2)
    #expect(!mount.catalogue.knownDevices.contains(unknown))
  }

  @Test func anOldHistoryServesWhileTheServerFails() async throws {
    let mount = try mount()
    let first = try await mount.catalogue.history(of: FakeServer.device)
    mount.advance(by: 4000)
    mount.server.fail(with: Failure(.network, "The server failed."))
    #expect(try await mount.catalogue.history(of: FakeServer.device) == first)
    #expect(mount.server.asked.histories == 2)
    // It is tried again soon, but not with every look.
    #expect(try await mount.catalogue.history(of: FakeServer.device) == first)
    #expect(mount.server.asked.histories == 2)
    mount.advance(by: 11)
    #expect(try await mount.catalogue.history(of: FakeServer.device) == first)
    #expect(mount.server.asked.histories == 3)
  }

  @Test func aCacheThatIsMadeAnewIsToldAllThatIsKnown() async throws {
    let identity = ReleaseIdentity(
      model: FakeServer.device.model, region: FakeServer.device.region, version: FirmwareVersion(versions[0])!
    )
    var mount: TestMount? = try mount()
    _ = try await mount?.catalogue.history(of: FakeServer.device)
    let release = try #require(try await mount?.catalogue.release(identity))
    await mount?.cache.flush()
    try folder.shell("rm -r *")
    // The writer looks at its files when there is something to be written.
    mount?.cache.setFact("any", of: release.binary, to: [1])
    await mount?.cache.flush()
    await mount?.cache.flush()
    mount?.cache.close()
    mount = nil
    let offline = try self.mount(isOffline: true)
    #expect(offline.catalogue.knownDevices.contains(FakeServer.device))
    #expect(try await offline.catalogue.release(identity).informReply == release.informReply)
  }

  @Test func aFailureIsNotAnAbsence() async throws {
    let mount = try mount()
    mount.server.fail(with: Failure(.network, "The server failed."))
    await #expect { try await mount.catalogue.history(of: FakeServer.device) } throws: {
      ($0 as? Failure)?.code == .network
    }
    mount.server.fail(with: nil)
    _ = try await mount.catalogue.history(of: FakeServer.device)
  }

  @Test func aReleaseIsAskedForOnceForEver() async throws {
    let identity = ReleaseIdentity(
      model: FakeServer.device.model, region: FakeServer.device.region, version: FirmwareVersion(versions[0])!
    )
    var mount: TestMount? = try mount()
    _ = try await mount?.catalogue.release(identity)
    _ = try await mount?.catalogue.release(identity)
    #expect(mount?.server.asked.informs == 1)
    await mount?.cache.flush()
    mount = nil
    let later = try self.mount(at: 100_000_000)
    _ = try await later.catalogue.release(identity)
    #expect(later.server.asked.informs == 0)
  }

  @Test func anotherServersRepliesAreNotUsed() async throws {
    var mount: TestMount? = try mount()
    _ = try await mount?.catalogue.history(of: FakeServer.device)
    await mount?.cache.flush()
    mount = nil
    let other = try TestMount(FakeServer(versions, package: zip), folder: folder, origin: "https://two/")
    #expect(other.catalogue.knownDevices.isEmpty)
    _ = try await other.catalogue.history(of: FakeServer.device)
    #expect(other.server.asked.histories == 1)
  }

  @Test func offlineTellsWhichServerItWasThatKnew() async throws {
    var mount: TestMount? = try mount()
    _ = try await mount?.catalogue.history(of: FakeServer.device)
    await mount?.cache.flush()
    mount = nil
    let other = try TestMount(
      FakeServer(versions, package: zip), folder: folder, isOffline: true, origin: "https://two/")
    let failure = await #expect(throws: Failure.self) {
      try await other.catalogue.history(of: FakeServer.device)
    }
    #expect(failure?.code == .offline && failure?.cure?.contains("https://one/") == true)
  }

  @Test func anAnswerForAnotherVersionIsAskedForAgain() async throws {
    let mount = try mount()
    let identity = ReleaseIdentity(
      model: FakeServer.device.model, region: FakeServer.device.region, version: FirmwareVersion(versions[0])!
    )
    mount.server.answer(for: mount.server.versions[1])
    #expect(try await mount.catalogue.release(identity).isAsAsked == false)
    mount.server.answer(for: nil)
    mount.advance(by: 61)
    #expect(try await mount.catalogue.release(identity).isAsAsked)
    #expect(mount.server.asked.informs == 2)
  }

  @Test func aFileThatIsNotAsAnnouncedIsAskedForAgain() async throws {
    let contradiction = Failure(.replaced, "There is another file under this name.")
    let server = FakeServer(
      versions, package: zip, faults: Array(repeating: .before(.refused(contradiction)), count: 2))
    let mount = try TestMount(server, folder: folder)
    let identity = ReleaseIdentity(
      model: FakeServer.device.model, region: FakeServer.device.region, version: FirmwareVersion(versions[0])!
    )
    let path = "SM-A207F/SER/A207FXXU2CUI2"
    let directory = try await mount.node(path).inode
    let release = try await mount.catalogue.release(identity)
    #expect(try await mount.node(path).inode == directory)
    await #expect(throws: Failure.self) { try await release.encrypted.bytes(at: 0, count: 1) }
    let isForgotten = await eventually {
      (try? await mount.catalogue.release(identity)).map { $0 !== release } ?? false
    }
    #expect(isForgotten)
    #expect(server.asked.informs == 2)
    // The kernel has the old directory's names for ever, and the new one's are not among them.
    let another = try await mount.node(path).inode
    #expect(another != directory)
    #expect(try await mount.node(path).inode == another)
    let listed = try await mount.children("SM-A207F/SER").first { $0.name == "A207FXXU2CUI2" }
    #expect(listed?.attributes?.inode == another)
    #expect(listed?.validity == .seconds(60))
  }

  @Test func whatIsInDoubtIsKeptAndAskedForAgain() async throws {
    let contradiction = Failure(.notFound, "There is no such file.")
    let server = FakeServer(
      versions, package: zip, faults: Array(repeating: .before(.refused(contradiction)), count: 2))
    var mount: TestMount? = try TestMount(server, folder: folder)
    let identity = ReleaseIdentity(
      model: FakeServer.device.model, region: FakeServer.device.region, version: FirmwareVersion(versions[0])!
    )
    let first = try #require(try await mount?.catalogue.release(identity))
    #expect(first.isCertain)
    await #expect(throws: Failure.self) { try await first.encrypted.bytes(at: 0, count: 1) }
    #expect(await eventually { mount?.catalogue.openReleases.isEmpty == true })
    // What was known before serves while the server does not answer; it is asked once a minute.
    server.fail(with: Failure(.network, "The server failed."))
    for _ in 0..<3 {
      let release = try #require(try await mount?.catalogue.release(identity))
      #expect(!release.isCertain && release.isAsAsked)
    }
    #expect(server.asked.informs == 2)
    mount?.advance(by: 61)
    server.fail(with: Failure(.notFound, "Not served."))
    await #expect(throws: Failure.self) { _ = try await mount?.catalogue.release(identity) }
    #expect(server.asked.informs == 3)
    await mount?.cache.flush()
    mount = nil
    mount = try self.mount(isOffline: true, at: 100_000_000)
    let offline = try #require(try await mount?.catalogue.release(identity))
    #expect(!offline.isCertain && offline.isAsAsked)
    // Another mount asks anew, and no longer doubts what the server says again.
    for informs in [1, 0] {
      mount = nil
      mount = try self.mount(at: 100_000_000)
      #expect(try await mount?.catalogue.release(identity).isCertain == true)
      #expect(mount?.server.asked.informs == informs)
      await mount?.cache.flush()
    }
  }

  /// A mount of a package of one member, where that stands, and its bytes: two blocks.
  private func mountOfAMember(seed: UInt64) throws -> (mount: TestMount, path: String, member: [UInt8]) {
    var random = SplitMix(seed: seed)
    let member = random.bytes(2 * BlockGrid.blockSize)
    let server = FakeServer(versions, package: storedZIP([("AP_two.tar.md5", member)]))
    return (try TestMount(server, folder: folder), "SM-A207F/SER/A207FXXU2CUI2/AP_two.tar.md5", member)
  }

  /// A member of which the first block comes anew, damaged, after all was right once: it is fetched once more, and given
  /// only as it was.
  @Test func whatWasRightOnceIsComparedWhenItComesAgain() async throws {
    let (mount, path, member) = try mountOfAMember(seed: 5)
    #expect(try await mount.bytes(path) == member)
    let release = try await mount.catalogue.latestRelease(of: FakeServer.device)
    let knowledge = try await release.contents().knowledge(ofMember: "AP_two.tar.md5")
    #expect(knowledge.isVerified == true)
    await release.encrypted.evict(from: mount.cache)
    mount.server.bytes.add(.flip)
    #expect(try await mount.bytes(path) == member)
    #expect(knowledge.isVerified == true)
    #expect(release.encrypted.changes == 0)
  }

  @Test func whatIsDamagedTwiceIsFetchedAnewAfterAWhile() async throws {
    let (mount, path, member) = try mountOfAMember(seed: 6)
    _ = try await mount.catalogue.latestRelease(of: FakeServer.device).contents()
    func expectDamage() async {
      await #expect { try await mount.bytes(path) } throws: { ($0 as? Failure)?.code == .damaged }
    }
    for _ in 0..<2 {
      mount.server.bytes.add(.flip)
      await expectDamage()
    }
    let fetched = mount.server.bytes.ranges.count
    await expectDamage()
    #expect(mount.server.bytes.ranges.count == fetched)
    mount.advance(by: RefetchLimit.interval)
    await expectDamage()
    #expect(mount.server.bytes.ranges.count == fetched)
    #expect(try await mount.bytes(path) == member)
  }

  /// The same package at another place: whoever has the old name of it is to find the new one.
  @Test func aPackageThatHasMovedIsAnotherFile() async throws {
    let contradiction = Failure(.notFound, "There is no such file.")
    let server = FakeServer(
      versions, package: zip, faults: Array(repeating: .before(.refused(contradiction)), count: 2))
    let mount = try TestMount(server, folder: folder)
    let path = "SM-A207F/SER/latest/release.json"
    let before = try await mount.node(path).inode
    let release = try await mount.catalogue.latestRelease(of: FakeServer.device)
    server.move(to: "/neofus/911/")
    await #expect(throws: Failure.self) { try await release.encrypted.bytes(at: 0, count: 1) }
    #expect(await eventually { mount.catalogue.openReleases.isEmpty })
    #expect(try await mount.node(path).inode != before)
    // The old one, which somebody has open, fails once more: the new one stays.
    await #expect(throws: Failure.self) { try await release.encrypted.bytes(at: 0, count: 1) }
    let new = try await mount.catalogue.latestRelease(of: FakeServer.device)
    #expect(new.isCertain && new !== release)
    #expect(try await new.encrypted.bytes(at: 0, count: 1) == [zip[0]])
    #expect(try await mount.catalogue.latestRelease(of: FakeServer.device) === new)
  }

  @Test func aDamagedEndIsFetchedAgain() async throws {
    let server = FakeServer(versions, package: zip, faults: [.flip])
    let mount = try TestMount(server, folder: folder)
    let release = try await mount.catalogue.latestRelease(of: FakeServer.device)
    // The last byte is the comment's length: an end record that does not reach the end of the file is none.
    #expect(try await release.contents().entry(named: "AP_two.tar.md5") != nil)
    #expect(server.bytes.ranges.count == 2)
  }

  @Test func latestIsTheNewestThatIsServed() async throws {
    let mount = try mount()
    mount.server.withhold(mount.server.versions[0])
    for _ in 0..<3 {
      #expect(
        try await mount.catalogue.latestRelease(of: FakeServer.device).identity.version.pda == "A207FXXU1BTK1"
      )
    }
    #expect(mount.server.asked.informs == 2)
    mount.server.withhold(mount.server.versions[1])
    mount.advance(by: 61)
    #expect(
      try await mount.catalogue.latestRelease(of: FakeServer.device).identity.version.pda == "A207FXXU1BTK1")
    #expect(mount.server.asked.informs == 3)
  }

  @Test func offlineKnowsWhatWasKeptAndNothingElse() async throws {
    var mount: TestMount? = try mount()
    _ = try await mount?.catalogue.history(of: FakeServer.device)
    await mount?.cache.flush()
    mount = nil
    let offline = try self.mount(isOffline: true, at: 100_000_000)
    #expect(try await offline.catalogue.history(of: FakeServer.device).releases.count == 2)
    #expect(offline.catalogue.knownDevices == [FakeServer.device])
    await #expect(throws: Failure.self) { try await offline.catalogue.history(of: self.unknown) }
    #expect(offline.server.asked == FakeServer.Asked())
  }

  @Test func manyWhoAskAtOnceCauseOneQuestion() async throws {
    let mount = try mount()
    let catalogue = mount.catalogue
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 { group.addTask { _ = try await catalogue.history(of: FakeServer.device) } }
      try await group.waitForAll()
    }
    #expect(mount.server.asked.histories == 1)
  }
}
