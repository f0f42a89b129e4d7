import Primitives

extension LogicalPartitions {
  /// One partition, as the metadata describes it.
  package struct Partition: Sendable, Equatable {
    /// Safe as the name of a file in a directory, and the only one of its name; with the slot's suffix where it has one.
    package let name: String
    /// In bytes.
    package var size: UInt64 { extents.end }

    let extents: ExtentMap
    /// Where the image must not end before, in bytes.
    let imageEnd: UInt64
  }

  /// The partitions of metadata whose checksums are right. One that cannot be true is left out and said in `problems`.
  init(_ metadata: Metadata, _ geometry: Geometry, problems: [String]) {
    var partitions: [Partition] = []
    var omissions = Omissions(most: Self.mostProblems, sentences: problems)
    var names: Set<[UInt8]> = []
    var claims = Claims(metadata, geometry)
    for entry in metadata.partitions {
      let name = Self.name(of: entry, slot: metadata.slot)
      let refusal: Refusal
      do throws(Refusal) {
        if let fault = Self.fault(in: name) { throw Refusal(words: fault) }
        guard !names.contains(name) else {
          throw Refusal(words: "another one before it has the same name")
        }
        let found = try claims.claim(entry)
        names.insert(name)
        partitions.append(
          Partition(name: String(decoding: name, as: UTF8.self), extents: found.extents, imageEnd: found.end))
        continue
      } catch {
        refusal = error
      }
      omissions.add("The partition \"\(EntryName.printable(name))\" is left out: \(refusal.words).")
    }
    self.partitions = partitions
    self.problems = omissions.told(of: "partitions")
  }

  /// With the slot's suffix. Android knows two slots that start a device; others get a number, so that no names meet.
  private static func name(of entry: Metadata.PartitionEntry, slot: Int) -> [UInt8] {
    guard entry.attributes & Metadata.PartitionEntry.slotSuffixed != 0, !entry.name.isEmpty else {
      return entry.name
    }
    switch slot {
    case 0: return entry.name + Array("_a".utf8)
    case 1: return entry.name + Array("_b".utf8)
    default: return entry.name + Array("_\(slot)".utf8)
    }
  }

  private static func fault(in name: [UInt8]) -> String? {
    if let fault = EntryName.fault(in: name) { return fault }
    let isKnown = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
      default: false
      }
    }
    return name.allSatisfy(isKnown) ? nil : "its name has other characters than letters, digits and _-."
  }

  /// Why a partition is left out.
  private struct Refusal: Error {
    let words: String
  }

  /// Which extents and sectors belong to partitions already. Each belongs to one at most: Android's own tools give a
  /// sector away once, and it bounds what all partitions together can cost.
  private struct Claims {
    private let metadata: Metadata
    /// Bytes of the device where extents may lie.
    private let space: Range<UInt64>
    private var isTaken: [Bool]
    /// Stretches of the device, in order, none of them overlapping another.
    private var stretches: [Range<UInt64>] = []

    init(_ metadata: Metadata, _ geometry: Geometry) {
      self.metadata = metadata
      isTaken = .init(repeating: false, count: metadata.extents.count)
      let first = metadata.device.firstSector.multipliedReportingOverflow(by: Geometry.sectorSize)
      let end = min(metadata.device.size, UInt64(Int64.max))
      let start = first.overflow ? end : max(first.partialValue, geometry.metadataEnd)
      space = min(start, end)..<end
    }

    /// The partition's extents and where the last of them ends on the device; nothing is claimed where it fails.
    mutating func claim(_ entry: Metadata.PartitionEntry) throws(Refusal) -> (extents: ExtentMap, end: UInt64)
    {
      let first = Int(entry.firstExtent)
      let last = first + Int(entry.extents)
      guard last <= isTaken.count else {
        throw Refusal(words: "its extents \(first) to \(last) are not among the \(isTaken.count) there are")
      }
      var attempt = self
      var extents = ExtentMap()
      var end: UInt64 = 0
      for index in first..<last {
        let (content, length) = try attempt.claim(extent: index)
        guard length <= UInt64(Int64.max) - extents.end else {
          throw Refusal(words: "it is larger than a file can be")
        }
        extents.append(content, length: length)
        if case .bytes(let start) = content { end = max(end, start + length) }
      }
      self = attempt
      return (extents, end)
    }

    private mutating func claim(
      extent index: Int
    ) throws(Refusal) -> (content: ExtentMap.Content, length: UInt64) {
      let extent = metadata.extents[index]
      guard !isTaken[index] else { throw Refusal(words: "its extent \(index) belongs to another partition") }
      isTaken[index] = true
      let length = extent.sectors.multipliedReportingOverflow(by: Geometry.sectorSize)
      guard !length.overflow else {
        throw Refusal(words: "its extent \(index) is larger than a file can be")
      }
      switch extent.type {
      case 0: break
      case 1: return (.pattern(0), length.partialValue)
      default: throw Refusal(words: "its extent \(index) is of unknown type \(extent.type)")
      }
      guard extent.device == 0 else {
        throw Refusal(words: "its extent \(index) lies on another block device, number \(extent.device)")
      }
      let start = extent.firstSector.multipliedReportingOverflow(by: Geometry.sectorSize)
      let end = start.partialValue.addingReportingOverflow(length.partialValue)
      guard !start.overflow, !end.overflow, start.partialValue >= space.lowerBound,
        end.partialValue <= space.upperBound
      else {
        throw Refusal(
          words: "its extent \(index), \(extent.sectors) sectors at \(extent.firstSector), does not lie "
            + "within the bytes \(space.lowerBound) to \(space.upperBound) that are free for partitions")
      }
      try take(start.partialValue..<end.partialValue, extent: index)
      return (.bytes(at: start.partialValue), length.partialValue)
    }

    private mutating func take(_ stretch: Range<UInt64>, extent index: Int) throws(Refusal) {
      guard !stretch.isEmpty else { return }
      let place = stretches.partitionPoint { $0.upperBound <= stretch.lowerBound }
      guard place == stretches.count || stretches[place].lowerBound >= stretch.upperBound else {
        throw Refusal(words: "its extent \(index) overlaps another one's sectors")
      }
      stretches.insert(stretch, at: place)
    }
  }
}
