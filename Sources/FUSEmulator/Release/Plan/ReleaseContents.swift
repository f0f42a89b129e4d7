/// What lies in each member of a package of a given size, and how it is packed.
struct ReleaseContents {
  /// Of the package, about, in bytes.
  let size: Int
  let model: String

  /// What of generated firmware remains in the package, measured.
  private static let packedShare = 0.68

  /// `parts` of a thousand of the package, between `least` and `most` bytes, in whole blocks of 4096.
  private func share(_ parts: Int, least: Int = 16 << 10, most: Int) -> Int {
    min(max(size / 1000 * parts, least), most).roundedUp(to: 4096)
  }

  /// From this size on there is USERDATA.
  private var hasUserData: Bool { size >= 512 << 20 }

  func members(named name: @escaping (MemberPlan.Folder) -> String) -> [MemberPlan] {
    let make = { (folder: MemberPlan.Folder, dialect: TarWriter.Dialect, entries: [EntryPlan]) in
      MemberPlan(
        folder: folder, name: name(folder), dialect: dialect, isDeflated: folder != .boot, entries: entries)
    }
    var members = [
      make(.boot, .ustar, bootEntries),
      make(.system, .gnu, systemEntries),
      make(.phone, .gnu, phoneEntries),
      make(.customisation, .ustar, customisationEntries),
      make(.homeCustomisation, .gnu, homeCustomisationEntries),
    ]
    if hasUserData { members.append(make(.userData, .gnu, [userData(size: size / 8)])) }
    return members
  }

  private var bootEntries: [EntryPlan] {
    [
      firmware("sboot.bin", share(4, most: 8 << 20)),
      firmware("param.bin", share(2, most: 4 << 20), .frame(.init(hasLinkedBlocks: true))),
      firmware("tzsw.img", share(2, most: 6 << 20), .frame(.init(hasContentSize: false))),
      firmware(
        "uh.bin", share(1, most: 2 << 20),
        .frame(.init(blockSize: .kibibytes64, hasLinkedBlocks: true, hasBlockChecksums: true))),
      packed("keystorage.bin", 12 << 10),
      packed("vbmeta.img", 8 << 10),
    ]
  }

  /// In the order of recent phones.
  private var systemEntries: [EntryPlan] {
    let longName =
      "meta-data/apex/com.android.runtime.release.verified_boot_metadata_for_all_partitions_of_this_build.json"
    return [
      firmware("boot.img", share(16, most: 64 << 20)),
      firmware(
        "init_boot.img", share(4, most: 8 << 20),
        .frame(.init(blockSize: .kibibytes64, hasLinkedBlocks: true, hasContentSize: false))),
      firmware(
        "vendor_boot.img", share(12, most: 64 << 20),
        .frame(.init(blockSize: .kibibytes256, hasBlockChecksums: true))),
      firmware("dtbo.img", share(4, most: 10 << 20), .legacy),
      packed("vbmeta.img", 8 << 10),
      EntryPlan(name: "super.img", content: .superImage, packing: .usual),
      userData(size: share(30, most: 64 << 20)),
      firmware("misc.img", share(1, most: 1 << 20), nil),
      EntryPlan(name: "meta-data/", content: .directory, packing: nil),
      EntryPlan(
        name: "meta-data/fota.zip", content: .updateArchive(size: share(3, most: 2 << 20)), packing: nil),
      EntryPlan(name: longName, content: .generated(size: 2311, mix: .text), packing: nil),
    ]
  }

  private var phoneEntries: [EntryPlan] {
    let layout = LZ4FrameLayout(blockSize: .mebibytes4, hasContentSize: false, hasContentChecksum: false)
    return [
      firmware("modem.bin", share(12, most: 90 << 20), .frame(.init(blockSize: .mebibytes4))),
      firmware("modem_debug.bin", share(2, most: 8 << 20), .frame(layout)),
    ]
  }

  private var customisationEntries: [EntryPlan] {
    let project = String(model.drop { $0 != "-" }.dropFirst().prefix(8))
    let table = PartitionInformationTable(
      project: project.isEmpty ? String(model.prefix(8)) : project,
      entries: [
        "boot", "init_boot", "vendor_boot", "dtbo", "vbmeta", "super", "cache", "optics", "prism", "userdata",
      ]
      .map { .init(partition: $0.uppercased(), file: "\($0).img", blocks: $0 == "super" ? 1 << 21 : 1 << 14) }
    )
    return [
      EntryPlan(name: "\(model)_EUR_OPEN.pit", content: .partitionTable(table), packing: nil),
      EntryPlan(
        name: "cache.img", content: .sparse(size: share(16, most: 64 << 20), mix: .empty), packing: .usual),
    ] + homeCustomisationEntries
  }

  private var homeCustomisationEntries: [EntryPlan] {
    [
      EntryPlan(
        name: "optics.img", content: .sparse(size: share(10, most: 48 << 20), mix: .firmware),
        packing: .frame(.init(hasLinkedBlocks: true))),
      firmware("prism.img", share(12, most: 130 << 20)),
    ]
  }

  private func userData(size: Int) -> EntryPlan {
    let plain = EntryPlan.Content.sparse(size: size.roundedUp(to: 4096), mix: .empty)
    return EntryPlan(name: "userdata.img", content: plain, packing: .usual)
  }

  private func firmware(_ name: String, _ size: Int, _ packing: LZ4Format? = .usual) -> EntryPlan {
    EntryPlan(name: name, content: .generated(size: size, mix: .firmware), packing: packing)
  }

  private func packed(_ name: String, _ size: Int) -> EntryPlan {
    EntryPlan(name: name, content: .generated(size: size, mix: .packed), packing: .usual)
  }

  /// The file systems in `super` share what the other entries leave of the package.
  var partitions: [PartitionPlan] {
    let others = members { _ in "" }.flatMap(\.entries).reduce(0.0) { sum, entry in
      switch entry.content {
      case .directory, .superImage, .partitionTable: sum
      case .generated(let size, .packed), .updateArchive(let size): sum + Double(size)
      case .generated(let size, _), .sparse(let size, .firmware): sum + Double(size) * Self.packedShare
      case .sparse(let size, _): sum + Double(size) * 0.13
      }
    }
    let content = max(Double(size) - others, Double(size) / 2) / Self.packedShare
    return [
      PartitionPlan(name: "system", kind: .ext4, contentSize: Int(content * 0.5)),
      PartitionPlan(name: "product", kind: .erofs, contentSize: Int(content * 0.25)),
      PartitionPlan(name: "vendor", kind: .ext4, contentSize: Int(content * 0.25)),
    ]
  }
}
