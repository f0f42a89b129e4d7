import Primitives

/// Reads deflated content's compressed bytes in pieces and decodes them, from the beginning or a block's start on.
struct InflateReader: ~Copyable, Sendable {
  let content: DeflatedContent
  private var stream = InflateStream()
  private var input: [UInt8]
  /// The part of `input` that is read and not yet decoded.
  private var pending = 0..<0
  /// Where the next piece of input begins in the compressed bytes.
  private var nextInput: UInt64 = 0
  /// Bits of the byte there that belong to the block before.
  private var takenBits = 0
  /// Plain bytes before the first that it gives.
  private var start: UInt64 = 0

  init(of content: DeflatedContent, inputSize: Int) {
    self.content = content
    input = [UInt8](repeating: 0, count: Int(min(UInt64(inputSize), content.compressed.size)))
  }

  /// Begins there instead of at the beginning, where `window` is what the checkpoint's is unpacked.
  mutating func begin(at checkpoint: Checkpoint, window: [UInt8]) {
    unsafe stream.begin(after: window.span.bytes)
    pending = 0..<0
    nextInput = checkpoint.input / 8
    takenBits = Int(checkpoint.input % 8)
    start = checkpoint.output
  }

  /// The deflate stream's end is reached.
  var isFinished: Bool { stream.isFinished }
  /// It stands at a block's start, and decodes nothing before `goOn`.
  var isAtBlockStart: Bool { stream.isAtBlockStart }
  /// At a block's start: its bits that are already taken from the input.
  var leadingBits: InflateStream.LeadingBits { stream.leadingBits }
  /// Plain bytes up to where it stands.
  var produced: UInt64 { start + stream.produced }
  /// Bits of compressed content up to the block's start where it stands.
  var inputBits: UInt64 { (nextInput - UInt64(pending.count)) * 8 - UInt64(stream.leadingBits.count) }

  /// Leaves a block's start; `window` is the last plain bytes before it.
  mutating func goOn(after window: RawSpan) { stream.goOn(after: window) }

  /// Makes sure that there is input to decode, if the source has more.
  ///
  /// Throws what the source throws, and `interrupted` when the task is cancelled; it may then be called again.
  ///
  /// - Parameter horizon: the plain byte at which the reader's interest ends.
  mutating func fill(upTo horizon: UInt64? = nil) async throws(Failure) {
    guard !Task.isCancelled else {
      throw Failure(.interrupted, "Reading \"\(content.name)\" was interrupted.")
    }
    while pending.isEmpty, nextInput < content.compressed.size {
      let count = Int(min(UInt64(input.count), content.compressed.size - nextInput))
      let (compressed, offset) = (content.compressed, nextInput)
      let compressedHorizon = horizon.map { compressedOffset(of: $0) }
      var elements = input.mutableSpan
      var bytes = unsafe elements.mutableBytes
      var piece = bytes._mutatingExtracting(first: count)
      try await compressed.read(into: &piece, at: offset, horizon: compressedHorizon)
      nextInput += UInt64(count)
      pending = 0..<count
      guard takenBits > 0 else { return }
      stream.take(.init(of: input[0], after: takenBits))
      takenBits = 0
      pending = 1..<count
    }
  }

  /// About where a plain byte lies in the compressed bytes: as far as if all compressed like what was passed, and a bit.
  private func compressedOffset(of byte: UInt64) -> UInt64 {
    guard byte > produced else { return nextInput }
    let ratio = produced > 0 ? min(1, Double(nextInput) / Double(produced)) : 1
    let rest = content.compressed.size - nextInput
    let ahead = min(Double(byte - produced) * ratio * 1.02 + Double(input.count), Double(rest))
    return nextInput + min(rest, UInt64(ahead))
  }

  /// Decodes input into this part of `target`; gives the bytes taken and written: none are written where more input is
  /// needed, a block's start is reached or the stream has ended.
  ///
  /// Throws `damaged`; the reader is of no use after that.
  mutating func decode(
    into target: inout [UInt8], _ range: Range<Int>, stopping: Bool
  ) throws(Failure) -> InflateStream.Step {
    let input = input
    let source = unsafe input.span.bytes.extracting(pending)
    var elements = target.mutableSpan
    var bytes = unsafe elements.mutableBytes
    var output = bytes._mutatingExtracting(range)
    let step: InflateStream.Step
    do {
      step = try stream.inflate(source, into: &output, stopping: stopping)
    } catch {
      throw error.about("\"\(content.name)\" is damaged")
    }
    if step.produced == 0, step.consumed == 0, !stream.isFinished, !stream.isAtBlockStart {
      throw content.damaged("its \(content.compressed.size) compressed bytes end in the middle of a block.")
    }
    pending = pending.lowerBound + step.consumed..<pending.upperBound
    return step
  }

  /// The compressed bytes that the last step took.
  func taken(by step: InflateStream.Step) -> ArraySlice<UInt8> {
    input[pending.lowerBound - step.consumed..<pending.lowerBound]
  }
}
