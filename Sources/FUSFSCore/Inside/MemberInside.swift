import FirmwareFormats
import Primitives

/// The inside of a member that is a tar: its entries, found as far as somebody asks, and what they hold.
///
/// Nothing here waits for anybody else: two who look for different entries each read what is wanted next, and as the
/// member's decoders and what is learnt are shared, it is decoded once.
package final class MemberInside: Sendable {
  /// The member in the package.
  let member: String
  /// The directory in which it is shown.
  let folder: String
  let outline: MemberOutline
  let knowledge: MemberKnowledge
  private let plain: MemberBytes
  private let isDeflated: Bool
  private let unpackedBlocks: LZ4BlockCache
  private let log: Log

  private struct State {
    var shapes: [String: EntryShape]
    /// Some that are not kept in the cache yet.
    var hasNewShapes = false
    var lastKept = SuspendingClock.now
    var unpacked: [UInt64: LZ4File] = [:]
    var expanded: [UInt64: SparseImage] = [:]
    var partitions: [UInt64: LogicalPartitions] = [:]
    /// Chunks of a sparse image that are kept in the cache.
    var keptChunks: [UInt64: Int] = [:]
    /// Entries whose image is damaged, and that this was logged.
    var unreadable: Set<UInt64> = []
    /// Goes up when all of this is given up.
    var generation = 0
  }

  private let state: Locked<State>

  init(of entry: ZIPArchive.Entry, folder: String, contents: PackageContents, resources: ReleaseResources) {
    member = entry.name
    self.folder = folder
    plain = MemberBytes(of: entry, in: contents)
    knowledge = contents.knowledge(ofMember: entry.name)
    outline = MemberOutline(of: entry, knowledge, log: resources.log)
    unpackedBlocks = resources.unpackedBlocks
    log = resources.log
    isDeflated = entry.method == .deflated
    state = Locked(State(shapes: knowledge.shapes))
  }

  // MARK: The tar

  /// Learns more of the tar's entries, unless all are known.
  ///
  /// Throws what reading the member throws; what was learnt on the way stays.
  func advance() async throws(Failure) {
    guard let wanted = outline.wanted else { return }
    let bytes = try await plain.bytes(
      at: wanted.lowerBound, count: Int(wanted.upperBound - wanted.lowerBound),
      horizon: wanted.upperBound + Self.beyondHeader)
    unsafe outline.feed(bytes.span.bytes, at: wanted.lowerBound)
    guard outline.ending != nil else { return }
    // Damage on the way looks the same as a tar that is so: once it is fetched anew.
    if damage != nil { plain.foundDamaged() }
    outline.keep()
  }

  /// Bytes behind an entry's header that are fetched with it, since whoever looks for an entry looks into it.
  private static let beyondHeader: UInt64 = 256 << 10

  /// The failure of a tar whose entries cannot all be known.
  var damage: Failure? {
    guard case .damaged(let failure) = outline.ending else { return nil }
    return failure.about(member)
  }

  /// Keeps the member's decoders until `release()` is called as often.
  func hold() async throws(Failure) { _ = try await plain.open() }

  func release() {
    let isDue = state.withLock { SuspendingClock.now - $0.lastKept >= Self.keepEvery }
    if isDue { keep() }
    plain.close()
  }

  private static let keepEvery = Duration.seconds(2)

  // MARK: Entries

  /// What is known of the entry without reading any of it.
  func knownShape(of entry: TarEntry) -> EntryShape? { state.withLock { $0.shapes[entry.pathName] } }

  /// Whether the entry's bytes were streamed already, so that looking into them costs little.
  func hasPassed(_ entry: TarEntry) -> Bool {
    guard let wanted = outline.wanted else { return true }
    return isDeflated && wanted.lowerBound > entry.dataOffset
  }

  /// What the entry's image is; nil where its name is not an image's.
  func image(of entry: TarEntry) async throws(Failure) -> EntryShape.Image? {
    guard let name = entry.path.last, InnerNames.imageStem(name) != nil else { return nil }
    let (known, generation) = state.withLock { ($0.shapes[entry.pathName]?.image, $0.generation) }
    if let known { return known }
    let image = try await foundImage(of: entry)
    learn(entry, in: generation) { $0.image = image }
    return image
  }

  /// The same, but nil for an image that is damaged, which is logged once and told whoever reads it.
  func readableImage(of entry: TarEntry) async throws(Failure) -> EntryShape.Image? {
    guard state.withLock({ !$0.unreadable.contains(entry.dataOffset) }) else { return nil }
    do throws(Failure) {
      return try await image(of: entry)
    } catch {
      guard [.damaged, .unsupported].contains(error.code) else { throw error }
      if state.withLock({ $0.unreadable.insert(entry.dataOffset).inserted }) {
        log.write(.warning, "\(member): \(error.cause) It is shown as it is.")
      }
      return nil
    }
  }

  /// - Parameter generation: from before the entry was looked into.
  private func learn(_ entry: TarEntry, in generation: Int, _ change: (inout EntryShape) -> Void) {
    state.withLock { state in
      guard state.generation == generation else { return }
      var shape = state.shapes[entry.pathName] ?? EntryShape()
      change(&shape)
      guard state.shapes.updateValue(shape, forKey: entry.pathName) != shape else { return }
      state.hasNewShapes = true
    }
  }

  /// The logical partitions in the entry's image.
  func partitions(of entry: TarEntry) async throws(Failure) -> LogicalPartitions {
    let (known, generation) = state.withLock { ($0.partitions[entry.dataOffset], $0.generation) }
    if let known { return known }
    let image = try await content(of: entry, .partitions)
    let partitions = try await LogicalPartitions.read(name: entry.pathName, from: image)
    for problem in partitions.problems { log.write(.warning, "\(member), \(entry.pathName): \(problem)") }
    state.withLock { state in
      if state.generation == generation { state.partitions[entry.dataOffset] = partitions }
    }
    return partitions
  }

  // MARK: Contents

  /// Bytes of what is shown of the entry, exact.
  func size(of entry: TarEntry, _ view: EntryView) async throws(Failure) -> UInt64 {
    if let size = knownSize(of: entry, view) { return size }
    return try await content(of: entry, view).size
  }

  /// The same, where nothing has to be read for it.
  func knownSize(of entry: TarEntry, _ view: EntryView) -> UInt64? {
    switch view {
    case .asIs: entry.size
    case .unpacked: knownShape(of: entry)?.unpacked
    case .expanded: knownShape(of: entry)?.expanded
    case .partitions: 0
    case .partition(let name):
      state.withLock { $0.partitions[entry.dataOffset] }?.partitions.first { $0.name == name }?.size
    }
  }

  /// The bytes of what is shown of the entry; of `.partitions`, the image in which they lie.
  func content(of entry: TarEntry, _ view: EntryView) async throws(Failure) -> any RandomReadable {
    switch view {
    case .asIs: return try packed(entry)
    case .unpacked: return entry.isPacked ? try await unpacked(entry) : try packed(entry)
    case .expanded: return try await expanded(entry)
    case .partitions:
      if case .sparse = try await image(of: entry) { return try await expanded(entry) }
      return try await content(of: entry, .unpacked)
    case .partition(let name):
      guard let partition = try await partitions(of: entry).partitions.first(where: { $0.name == name })
      else {
        throw Failure(.notFound, "\(entry.pathName) has no partition \(name).")
      }
      return try await partitions(of: entry).open(partition, in: content(of: entry, .partitions))
    }
  }

  private func packed(_ entry: TarEntry) throws(Failure) -> Window {
    try Window(of: plain, entry.range)
  }

  private func unpacked(_ entry: TarEntry) async throws(Failure) -> LZ4File {
    let (known, generation) = state.withLock { ($0.unpacked[entry.dataOffset], $0.generation) }
    if let known { return known }
    let file = try await LZ4File.open(
      name: entry.pathName, packed: packed(entry), index: outline.blocks(of: entry), passesBytes: isDeflated,
      blocks: unpackedBlocks, checkpoints: knowledge.checkpoints(ofEntry: entry.pathName))
    learn(entry, in: generation) { $0.unpacked = file.size }
    return state.withLock { state in
      guard state.generation == generation else { return file }
      // Of several that opened it at once, the first one's is kept.
      let first = state.unpacked[entry.dataOffset] ?? file
      state.unpacked[entry.dataOffset] = first
      return first
    }
  }

  func expanded(_ entry: TarEntry) async throws(Failure) -> SparseImage {
    let (known, generation) = state.withLock { ($0.expanded[entry.dataOffset], $0.generation) }
    if let known { return known }
    let image = try await SparseImage.open(
      name: entry.pathName, content(of: entry, .unpacked),
      known: knowledge.fact(.sparse, ofEntry: entry.pathName))
    return state.withLock { state in
      guard state.generation == generation else { return image }
      let first = state.expanded[entry.dataOffset] ?? image
      state.expanded[entry.dataOffset] = first
      state.keptChunks[entry.dataOffset] = first.knownChunks
      return first
    }
  }

  // MARK: Keeping

  /// Keeps what was learnt since the last time.
  func keep() {
    outline.keep()
    let grown = state.withLock { state -> [(UInt64, SparseImage)] in
      state.lastKept = .now
      if state.hasNewShapes { knowledge.keep(state.shapes) }
      state.hasNewShapes = false
      let grown = state.expanded.filter { $0.value.knownChunks != state.keptChunks[$0.key] }
      for (place, image) in grown { state.keptChunks[place] = image.knownChunks }
      return Array(grown)
    }
    for (place, image) in grown {
      guard let entry = outline.entry(withDataAt: place) else { continue }
      knowledge.keep(.sparse, ofEntry: entry.pathName, image.serialized)
    }
  }

  /// Forgets all that was learnt, here and in the cache: the bytes that it came from were damaged.
  func removeAll() {
    state.withLock { $0 = State(shapes: [:], generation: $0.generation + 1) }
    knowledge.keep(.shapes, nil)
    for entry in outline.removeAll(size: plain.size) {
      knowledge.keep(.sparse, ofEntry: entry.pathName, nil)
      guard entry.isPacked else { continue }
      knowledge.keep(.lz4, ofEntry: entry.pathName, nil)
      knowledge.checkpoints(ofEntry: entry.pathName).removeAll()
    }
    knowledge.checkpoints().removeAll()
  }
}

extension TarEntry {
  /// Its data in the member.
  fileprivate var range: Range<UInt64> { dataOffset..<dataOffset + size }
}
