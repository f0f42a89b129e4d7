import Glibc
import TestSupport

/// Random parts of files, read in a mount and in a plain copy of the same tree, by several threads at once.
struct RandomReads {
  /// In the mount and in the copy alike, each with its size.
  let files: [(path: String, size: UInt64)]
  let mounted: String
  let copied: String

  private static let threads = 8

  /// `O_DIRECT`, a GNU extension that Swift does not import.
  #if arch(arm64)
    private static let direct: Int32 = 0o200000
  #else
    private static let direct: Int32 = 0o40000
  #endif

  /// In bytes: now and then as much as a program that copies asks for at once.
  private static let longest = 1 << 20

  /// Where the two differ, in words: a few of the places at most.
  ///
  /// The mount is read past the kernel's cache, so that each read is one of the file system's. The same seed reads the
  /// same places.
  func differences(count: Int, seed: UInt64, within limit: Duration = .seconds(120)) throws -> [String] {
    let reads = files.filter { $0.size > 0 }
    let (mounted, copied, deadline) = (mounted, copied, ContinuousClock.now + limit)
    let told = try inThreads(Self.threads) { thread -> [String] in
      var random = SplitMix(seed: seed &* 1000 &+ UInt64(thread))
      var told: [String] = []
      for done in 0..<count / Self.threads where told.count < 3 {
        guard ContinuousClock.now < deadline else { return told + ["only \(done) reads within \(limit)"] }
        let (path, size) = reads[Int.random(in: 0..<reads.count, using: &random)]
        // Lengths of every magnitude; some end behind the file's end.
        let most = min(Self.longest, 1 << Int.random(in: 0...20, using: &random))
        let length = Int.random(in: 1...most, using: &random)
        let offset = UInt64.random(in: 0..<size, using: &random)
        do {
          let expected = try Self.bytes(of: "\(copied)/\(path)", O_RDONLY, length, at: offset)
          guard
            try Self.bytes(of: "\(mounted)/\(path)", O_RDONLY | Self.direct, length, at: offset) != expected
          else { continue }
          told.append("\(path) differs in the \(length) bytes at \(offset)")
        } catch {
          told.append("\(path), \(length) bytes at \(offset): \(error)")
        }
      }
      return told
    }
    return told.flatMap(\.self)
  }

  /// Up to `length` bytes; fewer only at the file's end.
  private static func bytes(
    of path: String, _ flags: Int32, _ length: Int, at offset: UInt64
  ) throws(TestFailure) -> [UInt8] {
    let file = unsafe open(path, flags | O_CLOEXEC)
    guard file >= 0 else { throw TestFailure(description: "cannot be opened: errno \(errno)") }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: length)
    var done = 0
    while done < length {
      let count = unsafe bytes.withUnsafeMutableBytes { bytes in
        unsafe pread(file, bytes.baseAddress.map { unsafe $0 + done }, length - done, off_t(offset) + done)
      }
      guard count >= 0 else { throw TestFailure(description: "cannot be read: errno \(errno)") }
      if count == 0 { break }
      done += count
    }
    bytes.removeLast(length - done)
    return bytes
  }
}
