import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore

/// The inside of a package that other tools made, through the tree, without a mount.
@Suite(.timeLimit(.minutes(10)))
struct InsideTests {
  /// A package and what is in it.
  struct Package {
    let zip: [UInt8]
    let boot: [UInt8]
    let radio: [UInt8]
    let sparse: [UInt8]
    let expanded: [UInt8]
  }

  private static let package = Result {
    let folder = TemporaryDirectory()
    var random = SplitMix(seed: 5)
    let noise = (0..<3_000_000).map {
      $0 % 3 == 0 ? UInt8.random(in: 0...255, using: &random) : UInt8($0 >> 12 & 255)
    }
    try folder.write(Array(noise[..<700_000]), to: "boot.img")
    try folder.write(Array(noise[700_000..<900_000]), to: "radio.bin")
    try folder.write(Array(noise[1_000_000..<2_310_720]) + Array(repeating: 0, count: 1 << 20), to: "raw")
    try folder.shell(
      """
      lz4 -q -B4 --content-size boot.img boot.img.lz4
      truncate -s $(( ($(stat -c %s raw) + 4095) / 4096 * 4096 )) raw
      img2simg raw super.img; lz4 -q -BD super.img super.img.lz4
      mkdir meta-data; echo update >meta-data/fota.zip
      tar --format=gnu -cf AP_two.tar.md5 boot.img.lz4 super.img.lz4 radio.bin meta-data
      md5sum -t AP_two.tar.md5 | sed s/.md5$// >>AP_two.tar.md5
      echo none >BL_one.tar.md5
      zip -q package.zip AP_two.tar.md5 BL_one.tar.md5
      """)
    return Package(
      zip: try folder.read("package.zip"), boot: try folder.read("boot.img"),
      radio: try folder.read("radio.bin"),
      sparse: try folder.read("super.img"), expanded: try folder.read("raw"))
  }

  private let package: Package
  private let folder = TemporaryDirectory()
  private let inside = "SM-A207F/SER/latest/AP"

  init() throws { package = try Self.package.get() }

  private func mount(isOffline: Bool = false, expansion: Expansion = .full) throws -> TestMount {
    let server = FakeServer(["A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2"], package: package.zip)
    return try TestMount(server, folder: folder, isOffline: isOffline, expansion: expansion)
  }

  private static let names = [
    "boot.img.lz4", "boot.img", "super.img.lz4", "super.img", "super.raw.img", "radio.bin", "meta-data",
  ]

  @Test func whatIsFetchedOfAFileInsideIsEnoughToReadIt() async throws {
    do {
      let mount = try mount()
      let part = try #require(try await mount.tree.packagePart(of: mount.node("\(inside)/boot.img")))
      #expect(part.size < UInt64(package.zip.count))
      // What finding it has fetched is gone; what it has taught stays.
      try BlockCache.trim(directory: folder.path, to: 1 << 20, log: Log())
      #expect(part.cachedBytes < part.size)
      try await part.fetch()
      #expect(part.cachedBytes == part.size)
    }
    let offline = try self.mount(isOffline: true)
    #expect(try await offline.bytes("\(inside)/boot.img") == package.boot)
  }

  @Test func aDirectoryInsideStandsForItsMember() async throws {
    let mount = try mount()
    let member = try await mount.tree.packagePart(of: mount.node("SM-A207F/SER/latest/AP_two.tar.md5"))
    for name in ["AP", "AP/meta-data"] {
      let part = try await mount.tree.packagePart(of: mount.node("SM-A207F/SER/latest/\(name)"))
      #expect(part?.bytes == member?.bytes)
    }
  }

  @Test func everyViewHasItsBytes() async throws {
    let mount = try mount()
    #expect(try await mount.names(inside) == Self.names)
    #expect(try await mount.names("\(inside)/meta-data") == ["fota.zip"])
    #expect(try await mount.bytes("\(inside)/boot.img") == package.boot)
    #expect(try await mount.bytes("\(inside)/radio.bin") == package.radio)
    #expect(try await mount.bytes("\(inside)/super.img") == package.sparse)
    #expect(try await mount.bytes("\(inside)/super.raw.img") == package.expanded)
    #expect(try await mount.bytes("\(inside)/meta-data/fota.zip") == Array("update\n".utf8))
  }

  @Test func aLookupStreamsNoFurtherThanItMust() async throws {
    let mount = try mount()
    _ = try await mount.node("\(inside)/boot.img")
    let before = mount.catalogue.openReleases[0].cachedBytes
    _ = try await mount.node("\(inside)/radio.bin")
    #expect(mount.catalogue.openReleases[0].cachedBytes > before)
  }

  @Test func whatWasFoundIsKnownToTheNextMount() async throws {
    do {
      let mount = try mount()
      #expect(try await mount.names(inside) == Self.names)
      _ = try await mount.bytes("\(inside)/super.raw.img")
      mount.catalogue.keep()
      await mount.cache.flush()
    }
    let mount = try mount(isOffline: true)
    #expect(try await mount.names(inside) == Self.names)
    for child in try await mount.children(inside) { _ = try await mount.tree.attributes(of: child.node) }
    #expect(try await mount.bytes("\(inside)/super.raw.img") == package.expanded)
    #expect(mount.server.bytes.ranges.isEmpty)
  }

  @Test func copyingAMemberTeachesItsInside() async throws {
    do {
      let mount = try mount()
      _ = try await mount.bytes("SM-A207F/SER/latest/AP_two.tar.md5")
      mount.catalogue.keep()
      await mount.cache.flush()
    }
    let known = try mount(expansion: .known)
    #expect(
      try await known.names(inside)
        == Self.names)
  }

  @Test func onlyWhatIsKnownIsListedIfThatIsWanted() async throws {
    let mount = try mount(expansion: .known)
    #expect(try await mount.names(inside) == [])
    await #expect(throws: Failure.self) { try await mount.node("\(inside)/boot.img") }
  }

  @Test func nothingInsideIsShownIfThatIsWanted() async throws {
    let mount = try mount(expansion: .off)
    #expect(!(try await mount.names("SM-A207F/SER/latest").contains("AP")))
    await #expect(throws: Failure.self) { try await mount.node(inside) }
  }

  @Test(arguments: [".git", "HEAD", "desktop.ini"]) func probesReadNothing(name: String) async throws {
    let mount = try mount()
    let folder = try await mount.node(inside)
    _ = try await mount.tree.attributes(of: folder)
    let before = mount.server.bytes.ranges.count
    await #expect(throws: Failure.self) { try await mount.tree.child(named: name, of: folder) }
    // The package's end is read to know that the member is there.
    #expect(mount.server.bytes.ranges.count <= before + 2)
  }

  @Test func aNameThatIsNotThereIsAbsent() async throws {
    let mount = try mount()
    await #expect { try await mount.node("\(self.inside)/vbmeta.img") } throws: {
      ($0 as? Failure)?.code == .notFound
    }
  }

  @Test func aFullReadVerifiesTheMember() async throws {
    let mount = try mount()
    let member = try await mount.node("SM-A207F/SER/latest/AP_two.tar.md5")
    _ = try await mount.tree.attributes(of: member)
    func verified() throws -> String {
      String(decoding: try mount.tree.extendedAttribute("user.fus.verified", of: member), as: UTF8.self)
    }
    #expect(try verified() == "unknown")
    _ = try await mount.bytes("SM-A207F/SER/latest/AP_two.tar.md5")
    #expect(try verified() == "yes")
  }

  /// A package whose tar.md5 was published with a line that is wrong, stored and deflated.
  @Test(arguments: [0, 6]) func aWrongLineIsToldOnceAllIsRead(level: Int) async throws {
    let other = TemporaryDirectory()
    try other.write(package.boot, to: "boot.img")
    try other.shell(
      """
      for name in CP_right CP_wrong; do
        tar --format=ustar -cf $name.tar.md5 boot.img
        md5sum $name.tar.md5 >>$name.tar.md5
      done
      echo "$(printf %032d 7)  CP_wrong.tar" >>CP_wrong.tar.md5
      zip -q -\(level) package.zip CP_right.tar.md5 CP_wrong.tar.md5
      """)
    let server = FakeServer(
      ["A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2"], package: try other.read("package.zip"))
    for _ in 1...2 {
      let mount = try TestMount(server, folder: folder)
      for (name, verdict) in [("CP_right", "yes"), ("CP_wrong", "no")] {
        let path = "SM-A207F/SER/latest/\(name).tar.md5"
        _ = try await mount.bytes(path)
        let member = try await mount.node(path)
        let verified = try mount.tree.extendedAttribute("user.fus.verified", of: member)
        #expect(String(decoding: verified, as: UTF8.self) == verdict)
      }
    }
  }
}
