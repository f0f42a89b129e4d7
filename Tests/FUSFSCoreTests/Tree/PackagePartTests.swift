import FUSNet
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// What is fetched for each node of the tree.
@Suite(.timeLimit(.minutes(5)), .threadsOfItsOwn) struct PackagePartTests {
  private final class NoteCount: ProgressListener {
    private let notes = Locked(0)
    var value: Int { notes.withLock { $0 } }
    func noteProgress() { notes.withLock { $0 += 1 } }
  }

  private let folder = TemporaryDirectory()
  private let size: UInt64
  private let server: FakeServer
  private let mount: TestMount
  private let release = "SM-A207F/SER/A207FXXU2CUI2"
  private let package = "SM-A207F_2_20210928113735_g3wsdfg48a_fac.zip"

  init() throws {
    var random = SplitMix(seed: 3)
    let noise = (0..<1_500_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let bytes = storedZIP([("AP_two.tar.md5", noise), ("BL_one.tar.md5", [1, 2, 3])])
    size = UInt64(bytes.count)
    server = FakeServer(["A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2"], package: bytes)
    mount = try TestMount(server, folder: folder)
  }

  private func part(_ path: String, of mount: TestMount) async throws -> PackagePart? {
    try await mount.tree.packagePart(of: mount.node(path))
  }

  @Test func aReleaseIsItsWholePackage() async throws {
    for path in ["SM-A207F/SER", "SM-A207F/SER/latest", release, "\(release)/\(package)"] {
      #expect(try await part(path, of: mount)?.bytes == 0..<size)
      #expect(try await mount.tree.release(of: mount.node(path))?.identity.version.pda == "A207FXXU2CUI2")
    }
  }

  @Test func aMemberIsAPartOfIt() async throws {
    let member = try #require(try await part("\(release)/AP_two.tar.md5", of: mount))
    #expect(member.bytes.lowerBound == 0)
    #expect((1_500_000...size).contains(member.size))
    #expect(try await part("\(release)/BL_one.tar.md5", of: mount)?.bytes.lowerBound ?? 0 >= 1_500_000)
  }

  @Test func whatIsToldIsNoPart() async throws {
    for path in ["\(release)/release.json", "\(release)/inform.xml", ".fusfs", ".fusfs/log"] {
      #expect(try await part(path, of: mount) == nil)
    }
    for path in ["", "SM-A207F"] {
      await #expect { try await self.part(path, of: self.mount) } throws: {
        ($0 as? Failure)?.code == .isDirectory
      }
      #expect(try await mount.tree.release(of: mount.node(path)) == nil)
    }
  }

  @Test func whatIsFetchedIsFetchedOnce() async throws {
    let whole = try #require(try await part(release, of: mount))
    #expect(whole.cachedBytes < whole.size)
    try await whole.fetch()
    #expect(whole.cachedBytes == whole.size)
    let ranges = server.bytes.ranges
    #expect(ranges.reduce(0) { $0 + UInt64($1.count) } <= 2 * size)
    try await whole.fetch()
    #expect(server.bytes.ranges == ranges)
    // What another process has evicted is noticed.
    try BlockCache.trim(directory: folder.path, to: 0, log: Log())
    #expect(whole.cachedBytes == 0)
    try await whole.fetch()
    #expect(whole.cachedBytes == whole.size)
  }

  /// Whoever waits for the fetch would else be told that it stands still while the cache's disk is slow.
  @Test func progressIsNotedUntilAllIsOnTheDisk() async throws {
    let whole = try #require(try await part(release, of: mount))
    let (cache, binary, file) = (mount.cache, whole.release.binary, "\(folder.path)/blocks.sqlite")
    let blocks = 0..<(try #require(binary.grid).count)
    await cache.flush()
    // Other tests do not delay what goes on here: the cache's writer does not wait for the lock for ever.
    let pool = WorkerPool(threads: 2, name: "test")
    try await Task(executorPreference: pool) {
      let other = try SQLiteConnection(path: file, access: .readWrite)
      try other.execute("BEGIN IMMEDIATE")
      let notes = NoteCount()
      let fetch = Progress.told(to: notes) {
        Task(executorPreference: pool) { try await whole.fetch() }
      }
      #expect(await eventually { cache.missing(in: blocks, of: binary).isEmpty })
      let noted = notes.value
      #expect(await eventually { notes.value >= noted + 2 })
      try other.execute("COMMIT")
      try await fetch.value
    }.value
    #expect(whole.cachedBytes == whole.size)
  }

  @Test func offlineAFetchOfWhatIsThereSucceeds() async throws {
    let whole = try #require(try await part(release, of: mount))
    let offline = try TestMount(server, folder: folder, isOffline: true)
    try await #require(try await part(release, of: mount)).fetch()
    #expect(whole.cachedBytes == whole.size)
    try await #require(try await part(release, of: offline)).fetch()
    try BlockCache.trim(directory: folder.path, to: 0, log: Log())
    await #expect { try await self.part(self.release, of: offline)?.fetch() } throws: {
      ($0 as? Failure)?.code == .offline
    }
  }
}
