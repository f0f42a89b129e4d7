import Primitives

/// Reads deflated content's compressed bytes in pieces and decodes them, from the beginning to the end.
struct InflateReader: ~Copyable, Sendable {
  let content: DeflatedContent
  private var stream = InflateStream()
  private var input: [UInt8]
  /// The part of `input` that is read and not yet decoded.
  private var pending = 0..<0
  /// Where the next piece of input begins in the compressed bytes.
  private var nextInput: UInt64 = 0

  init(of content: DeflatedContent, inputSize: Int) {
    self.content = content
    input = [UInt8](repeating: 0, count: Int(min(UInt64(inputSize), content.compressed.size)))
  }

  /// The deflate stream's end is reached.
  var isFinished: Bool { stream.isFinished }
  /// Plain bytes given so far.
  var produced: UInt64 { stream.produced }

  /// Makes sure that there is input to decode, if the source has more.
  ///
  /// Throws what the source throws, and `interrupted` when the task is cancelled; it may then be called again.
  mutating func fill() async throws(Failure) {
    guard !Task.isCancelled else {
      throw Failure(.interrupted, "Reading \"\(content.name)\" was interrupted.")
    }
    let rest = content.compressed.size - nextInput
    guard pending.isEmpty, rest > 0 else { return }
    let count = Int(min(UInt64(input.count), rest))
    let (compressed, offset) = (content.compressed, nextInput)
    var elements = input.mutableSpan
    var bytes = unsafe elements.mutableBytes
    var piece = bytes._mutatingExtracting(first: count)
    try await compressed.read(into: &piece, at: offset)
    nextInput += UInt64(count)
    pending = 0..<count
  }

  /// Decodes input into `target` from `position` on; gives the number of bytes written, 0 where more input is needed
  /// or the stream has ended.
  ///
  /// Throws `damaged`; the reader is of no use after that.
  mutating func decode(into target: inout [UInt8], at position: Int) throws(Failure) -> Int {
    let input = input
    let source = unsafe input.span.bytes.extracting(pending)
    var elements = target.mutableSpan
    var bytes = unsafe elements.mutableBytes
    var output = bytes._mutatingExtracting(droppingFirst: position)
    let step: InflateStream.Step
    do {
      step = try stream.inflate(source, into: &output)
    } catch {
      throw content.damaged(error.cause)
    }
    if step.produced == 0, step.consumed == 0, !stream.isFinished {
      throw content.damaged("its \(content.compressed.size) compressed bytes end in the middle of a block.")
    }
    pending = pending.lowerBound + step.consumed..<pending.upperBound
    return step.produced
  }
}
