import Primitives

/// The checksums of frames' contents, as their blocks are decoded from the first to the last.
struct LZ4ContentCheck: Sendable {
  private struct Progress: Sendable {
    var next: Int
    let checksum = LZ4Checksum()
  }

  private var running: [Int: Progress] = [:]
  /// Frames whose content was found right.
  private var verified: Set<Int> = []

  /// Takes the block if its turn has come, and those after it that were decoded before.
  ///
  /// - Parameter kept: gives a later block of the file if it is at hand.
  /// - Returns: the checksum of the whole content, once all of it has been taken.
  mutating func take(_ bytes: ByteBlock, of job: LZ4BlockJob, kept: (Int) -> ByteBlock?) -> UInt32? {
    guard !verified.contains(job.frame) else { return nil }
    if job.index == job.siblings.lowerBound, running[job.frame] == nil {
      running[job.frame] = Progress(next: job.index)
    }
    guard var progress = running[job.frame] else { return nil }
    while progress.next < job.siblings.upperBound,
      let next = progress.next == job.index ? bytes : kept(progress.next)
    {
      next.withBytes { progress.checksum.update(with: $0) }
      progress.next += 1
    }
    running[job.frame] = progress
    guard job.isFrameWhole, progress.next == job.siblings.upperBound else { return nil }
    running[job.frame] = nil
    return progress.checksum.digest
  }

  /// The frame's content is right: it need not be checked again.
  mutating func verify(_ frame: Int) { verified.insert(frame) }
}
