import Primitives

/// Takes the checkpoints of one decoder as it goes forward.
///
/// A block's start that is chosen is followed for another 32 KiB of output before it is kept, with the compressed bytes
/// that make them: only then it shows which bytes of its window are worth keeping.
struct CheckpointRecorder: Sendable {
  /// A block's start that may become a checkpoint.
  private struct Candidate {
    let output: UInt64
    let input: UInt64
    let crc32: UInt32
    let bits: InflateStream.LeadingBits
    let window: [UInt8]
    /// Compressed bytes after the leading bits.
    var following: [UInt8] = []
    var isChosen: Bool
  }

  /// Compressed bytes that are followed: 32 KiB of output take no more, unless their blocks are of no sense.
  private static let followed = 2 * InflateStream.windowSize
  /// Bytes of memory it takes at most.
  static let memory =
    2 * InflateStream.windowSize + followed + ReferredBytes.memory + PackedWindow.memory

  private let content: DeflatedContent
  private let store: any CheckpointStore
  private let observer: (any OutputObserver)?
  private let spacing: UInt64
  private var plan: CheckpointPlan
  private var candidate: Candidate?
  /// The place of the newest checkpoint that was kept.
  private(set) var lastKept: UInt64?

  init(
    of content: DeflatedContent, spacing: UInt64, store: any CheckpointStore,
    observer: (any OutputObserver)?, from start: UInt64
  ) {
    self.content = content
    self.store = store
    self.observer = observer
    self.spacing = spacing
    plan = CheckpointPlan(spacing: spacing, after: start)
  }

  /// Plain bytes from which on the decoder is to stop at each block's start.
  ///
  /// ISA-L decodes up to 64 KiB ahead of what it has delivered, and stops at no block that lies behind it.
  var lookout: UInt64 {
    guard candidate?.isChosen != true else { return .max }
    return plan.lookout - min(plan.lookout, UInt64(2 * InflateStream.windowSize))
  }

  /// Takes account of what has become known, when the decoder stands at `output`.
  mutating func update(at output: UInt64) {
    guard candidate == nil else { return }
    let (store, observer) = (store, observer)
    plan.update(
      at: output, kept: { store.position(atOrBefore: $0) }, boundary: { observer?.boundary(after: $0) })
  }

  /// The reader stands at a block's start.
  ///
  /// - Parameters:
  ///   - crc32: of all plain bytes before it.
  ///   - window: the last 32 KiB of them, or all if there are less.
  mutating func reached(_ reader: borrowing InflateReader, crc32: UInt32, window: [UInt8]) {
    let advice = plan.advice(forBlockAt: reader.produced)
    guard candidate?.isChosen != true, advice != .pass else { return }
    // Past the boundary the one that was held before it serves better.
    if candidate != nil, reader.produced > plan.boundary ?? .max { return }
    candidate = Candidate(
      output: reader.produced, input: reader.inputBits, crc32: crc32, bits: reader.leadingBits,
      window: window,
      isChosen: false)
  }

  /// The reader has made a step; to be called before `reached`.
  mutating func follow(_ step: InflateStream.Step, of reader: borrowing InflateReader) {
    guard let count = candidate?.following.count else { return }
    candidate?.following += reader.taken(by: step).prefix(Self.followed - count)
  }

  /// Keeps the chosen candidate when enough follows it.
  mutating func settle(_ reader: borrowing InflateReader) {
    guard var chosen = candidate, chosen.isChosen || plan.isDecided(at: reader.produced) else { return }
    if !chosen.isChosen {
      plan.take(chosen.output)
      chosen.isChosen = true
      candidate = chosen
    }
    guard reader.isFinished || reader.produced - chosen.output >= UInt64(InflateStream.windowSize) else {
      return
    }
    candidate = nil
    keep(chosen)
    update(at: reader.produced)
  }

  private mutating func keep(_ chosen: Candidate) {
    let place = chosen.output
    let (end, overflow) = place.addingReportingOverflow(spacing / 2)
    // Another decoder may have been there meanwhile.
    guard !store.hasCheckpoint(in: place - min(place, spacing / 2 - 1)..<(overflow ? .max : end)) else {
      return
    }
    var window = chosen.window
    var referred = ReferredBytes()
    unsafe referred.keepOnly(in: &window, bits: chosen.bits, input: chosen.following.span.bytes)
    let checkpoint = PackedWindow.checkpoint(
      of: content, output: place, input: chosen.input, crc32: chosen.crc32, window: window)
    guard let checkpoint else { return }
    store.keep(checkpoint)
    lastKept = place
  }
}
