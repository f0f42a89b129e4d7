import FirmwareFormats
import FuseBridge
import Primitives

/// Checks files against the checksums that they have, by reading each once from its beginning to its end.
struct FileVerifier: Sendable {
  private static let pieceSize = 1 << 20
  /// Unpacked blocks that are kept, since linked ones refer to those before them, in bytes.
  private static let blockMemory = 32 << 20
  static let packedSuffix = ".lz4"
  private static let archiveSuffix = ".zip"

  private let progress: ProgressLine
  private let unpackedBlocks: LZ4BlockCache

  /// - Parameter pool: on which blocks are decoded.
  init(progress: ProgressLine, pool: WorkerPool) {
    self.progress = progress
    unpackedBlocks = LZ4BlockCache(memory: Self.blockMemory, executor: pool)
  }

  /// What is found of the file at this path.
  ///
  /// - Parameter isOneOfMany: whether the files beside it are checked too. A mount shows the members of a package there.
  func check(_ path: String, isOneOfMany: Bool = false) async -> FileCheck {
    var check = FileCheck(path: path, outcome: .unchecked)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    progress.begin(name)
    defer { progress.clear() }
    do throws(Failure) {
      if path.hasSuffix(Self.packedSuffix) {
        try await checkUnpacked(path, name, &check)
      } else if path.hasSuffix(Self.archiveSuffix) {
        let isShownByMembers = isOneOfMany && ExtendedAttribute.value("user.fus.model", of: path) != nil
        if !isShownByMembers { try await checkMembers(path, &check) }
      } else {
        try await checkWhole(path, &check)
      }
    } catch {
      check.outcome = error.code == .damaged ? .wrong : .unread
      check.problem = error.cause
      // The mount gives no byte that it knows to be wrong.
      if ExtendedAttribute.value("user.fus.verified", of: path) == "no" {
        check.outcome = .wrong
        check.problem = "\(error.cause) The mount has found it damaged; its log says where."
      }
    }
    return check
  }

  /// The checksums in an LZ4 file are checked while it is unpacked. That is done here and not by the mount, of whose
  /// unpacked file the kernel may have kept pages from before the last checksum was looked at.
  private func checkUnpacked(_ path: String, _ name: String, _ check: inout FileCheck) async throws(Failure) {
    let packed = try LocalFile(path)
    check.checksums = [.lz4]
    let file = try await LZ4File.open(
      name: name, packed: packed, index: LZ4Index(size: packed.size), passesBytes: true,
      blocks: unpackedBlocks, checkpoints: nil)
    try await read(file)
    guard file.hasChecksums else {
      check.checksums = []
      check.problem = "It can be unpacked, but has no checksums."
      return
    }
    check.outcome = .right
  }

  /// Each member of a ZIP has a checksum in its directory.
  private func checkMembers(_ path: String, _ check: inout FileCheck) async throws(Failure) {
    let file = try LocalFile(path)
    let archive = try await ZIPArchive.read(from: file)
    check.checksums = [.crc32]
    for entry in archive.entries {
      let content = try await archive.open(entry, in: file)
      // What is deflated is checked while it is decoded.
      try await read(CheckedFile(content, name: entry.name, crc32: entry.crc32, whenComplete: { _ in }))
    }
    guard archive.problems.isEmpty else {
      throw Failure(.unsupported, archive.problems.joined(separator: " "))
    }
    check.outcome = archive.entries.isEmpty ? .unchecked : .right
  }

  private func checkWhole(_ path: String, _ check: inout FileCheck) async throws(Failure) {
    let expected = ExtendedAttribute.value("user.fus.crc32", of: path).flatMap { UInt32($0, radix: 16) }
    let isCheckedTar = path.hasSuffix(TarChecksum.nameSuffix)
    guard expected != nil || isCheckedTar else { return }
    if expected != nil { check.checksums.append(.crc32) }
    let file = try LocalFile(path)
    var checksums = RunningChecksums(size: file.size, hasLines: isCheckedTar)
    try await read(file) { checksums.update($0, at: $1) }
    var wrong: [String] = []
    if let expected, checksums.crc32 != expected {
      wrong.append("its CRC-32 is \(CRC32.digits(checksums.crc32)), not \(CRC32.digits(expected))")
    }
    let lines = checksums.finishLines()
    if !lines.all.isEmpty { check.checksums.append(.md5) }
    // A member may have been published without; of a copy nothing else tells that it is all there.
    if lines.all.isEmpty, expected == nil {
      wrong.append("it does not end with its MD5 line: it may be cut off")
    }
    for place in lines.wrong {
      wrong.append(TarChecksum.words(forWrongLineAfter: place))
    }
    check.outcome = wrong.isEmpty ? .right : .wrong
    if !wrong.isEmpty { check.problem = wrong.joined(separator: ", and ") + "." }
  }

  /// Gives the bytes with their offsets from the first to the last, also those that the file turns out to have while it
  /// is read.
  private func read(
    _ file: some RandomReadable, _ body: (RawSpan, UInt64) -> Void = { _, _ in }
  ) async throws(Failure) {
    var piece = [UInt8](repeating: 0, count: Self.pieceSize)
    var offset: UInt64 = 0
    while offset < file.size {
      let count = Int(min(UInt64(piece.count), file.size - offset))
      var elements = piece.mutableSpan
      var bytes = unsafe elements.mutableBytes
      var target = bytes._mutatingExtracting(first: count)
      try await file.read(into: &target, at: offset)
      body(unsafe piece.span.bytes.extracting(0..<count), offset)
      offset += UInt64(count)
      progress.show(offset, of: file.size)
    }
  }
}
