import Glibc

/// Makes the entries of the members as files in the work folder, and measures each at every depth.
struct EntryMaker {
  let plan: ReleasePlan
  /// The work folder.
  let folder: String
  /// Where what the file systems are made from is kept, if it is.
  var trees: String?

  /// A file ready for its archive.
  struct Entry {
    /// In the archive.
    var name: String
    /// Nil for a directory.
    var path: String?
  }

  /// Makes an entry and adds its files to `truth`.
  func make(
    _ entry: EntryPlan, of member: MemberPlan.Folder, truth: inout [ReleaseTruth.File]
  ) throws(ReleaseFault) -> Entry {
    let prefix = "\(member.rawValue)/"
    let path = "\(folder)/\(member.rawValue)-\(truth.count)"
    switch entry.content {
    case .directory: return Entry(name: entry.name, path: nil)
    case .partitionTable(let table):
      return try pack(
        entry, prefix: prefix, path: path, source: BytesSource(bytes: table.bytes), truth: &truth)
    case .updateArchive(let size):
      let archive = try updateArchive(size: size)
      return try pack(entry, prefix: prefix, path: path, source: BytesSource(bytes: archive), truth: &truth)
    case .generated(let size, let mix):
      let source = GeneratedContent(size: size, seed: contentSeed(entry, member), mix: mix)
      return try pack(entry, prefix: prefix, path: path, source: source, truth: &truth)
    case .sparse(let size, let mix):
      let source = GeneratedContent(size: size, seed: contentSeed(entry, member), mix: mix)
      return try packSparse(entry, prefix: prefix, path: path, source: source, truth: &truth)
    case .superImage: return try makeSuper(entry, prefix: prefix, path: path, truth: &truth)
    }
  }

  /// Makes the file systems, joins them to `super` and writes it; their images are gone when this returns.
  private func makeSuper(
    _ entry: EntryPlan, prefix: String, path: String, truth: inout [ReleaseTruth.File]
  ) throws(ReleaseFault) -> Entry {
    let images = FileSystemImages(folder: folder, trees: trees, time: plan.made.seconds, seed: plan.seed)
    var sources: [String: FileSource] = [:]
    var partitions: [ReleaseTruth.File] = []
    for partition in plan.partitions {
      let tree = SourceTree(
        partition: partition.name, size: partition.contentSize,
        seed: SplitMix.seed(plan.seed, partition.name))
      let image = try images.make(partition.kind, partition: partition.name, tree: tree)
      let source = try FileSource(path: image)
      // The open file is enough; its bytes go when it is closed.
      removeTree(image)
      sources[partition.name] = source
      partitions.append(.init(path: "\(prefix)super/\(partition.name).img", try measure(source)))
    }
    guard let system = sources["system"], let vendor = sources["vendor"], let product = sources["product"]
    else { throw .failed("The plan lacks a partition.") }
    let image = try SuperImage(system: system, vendor: vendor, product: product)
    let made = try packSparse(entry, prefix: prefix, path: path, source: image.source, truth: &truth)
    truth += partitions
    return made
  }

  /// CSC and HOME_CSC hold the same images.
  private func contentSeed(_ entry: EntryPlan, _ member: MemberPlan.Folder) -> UInt64 {
    let shared = member == .homeCustomisation ? .customisation : member
    return SplitMix.seed(plan.seed, "\(shared.rawValue)/\(entry.name)")
  }

  /// Writes a file, packed if the plan says so.
  private func pack(
    _ entry: EntryPlan, prefix: String, path: String, source: any ByteSource, truth: inout [ReleaseTruth.File]
  ) throws(ReleaseFault) -> Entry {
    try write(entry, prefix: prefix, path: path, size: source.size, truth: &truth) {
      (sink) throws(ReleaseFault) in
      try source.copy(to: sink)
    }
  }

  /// Writes a sparse image, packed, and names its expansion `….raw.img`.
  private func packSparse(
    _ entry: EntryPlan, prefix: String, path: String, source: any ByteSource, truth: inout [ReleaseTruth.File]
  ) throws(ReleaseFault) -> Entry {
    let raw = MeasuringSink()
    let image = try SparseWriter(scanning: source, raw: raw)
    let made = try write(entry, prefix: prefix, path: path, size: image.size, truth: &truth) {
      (sink) throws(ReleaseFault) in try image.write(to: sink)
    }
    truth.append(.init(path: "\(prefix)\(entry.name.dropLast(4)).raw.img", raw.finish()))
    return made
  }

  private func write(
    _ entry: EntryPlan, prefix: String, path: String, size: Int, truth: inout [ReleaseTruth.File],
    produce: (any ByteSink) throws(ReleaseFault) -> Void
  ) throws(ReleaseFault) -> Entry {
    let stored = try MeasuringSink(next: FileSink(creating: path))
    guard let packing = entry.packing else {
      try produce(stored)
      truth.append(.init(path: prefix + entry.name, stored.finish()))
      return Entry(name: entry.name, path: path)
    }
    var content: Measurement?
    try packing.pack(contentSize: size, to: stored) { (sink) throws(ReleaseFault) in
      let plain = MeasuringSink(next: sink)
      try produce(plain)
      content = plain.finish()
    }
    truth.append(.init(path: "\(prefix)\(entry.name).lz4", stored.finish()))
    if let content { truth.append(.init(path: prefix + entry.name, content)) }
    return Entry(name: "\(entry.name).lz4", path: path)
  }

  private func measure(_ source: any ByteSource) throws(ReleaseFault) -> Measurement {
    let sink = MeasuringSink()
    try source.copy(to: sink)
    return sink.finish()
  }

  /// A small ZIP archive of what an update over the air needs.
  private func updateArchive(size: Int) throws(ReleaseFault) -> [UInt8] {
    let sink = MemorySink()
    let archive = ZipWriter(timestamp: plan.made.dosTimestamp, next: sink)
    for (name, mix, size) in [("META/misc_info.txt", .text, 2999), ("OTA/bin.dat", .packed, size)]
      as [(String, GeneratedContent.Mix, Int)]
    {
      let source = GeneratedContent(size: size, seed: SplitMix.seed(plan.seed, "fota.zip/\(name)"), mix: mix)
      try archive.add(name: name, storage: .deflated) { (sink) throws(ReleaseFault) in
        try source.copy(to: sink)
      }
    }
    try archive.finish()
    return sink.bytes
  }
}
