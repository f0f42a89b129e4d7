import FUSNet
import Primitives
import TestSupport

@testable import FUSFSCore

/// A server of one binary, in memory, with faults in the order given; held, it answers nothing until it is released.
final class FakeSource: RangeSource {
  enum Fault {
    case before(DownloadFault)
    /// The same, though it is held.
    case atOnce(DownloadFault)
    /// All bytes come, the last one inverted.
    case flip
    /// All bytes come, the one at this place of the binary with these bits inverted.
    case invert(at: Int, bits: UInt8 = 0xFF)
    /// Half of the bytes come.
    case halfway(DownloadFault)
    /// So many bytes come, and the others once the source is released, or never to a task that is cancelled.
    case pause(after: Int)
    /// The same, and the last byte is inverted.
    case pauseAndFlip(after: Int)
    /// All bytes come: 100 kB a second while the source is held, then at once.
    case slowly
  }

  let bytes: ByteBlock
  private struct State {
    var faults: [Fault]
    var ranges: [Range<UInt64>] = []
    var delivered = 0
    var active = 0
    var mostActive = 0
    var isHeld = false
  }
  private let state: Locked<State>
  private let pieceSize = 10_000
  private let whenAsked: @Sendable (Range<UInt64>) -> Void

  /// - Parameter whenAsked: called at the beginning of each download.
  init(
    _ bytes: [UInt8], faults: [Fault] = [], isHeld: Bool = false,
    whenAsked: @escaping @Sendable (Range<UInt64>) -> Void = { _ in }
  ) {
    self.bytes = ByteBlock(copying: bytes)
    self.whenAsked = whenAsked
    state = Locked(State(faults: faults, isHeld: isHeld))
  }

  var ranges: [Range<UInt64>] { state.withLock { $0.ranges } }
  /// Bytes, of all downloads together.
  var delivered: Int { state.withLock { $0.delivered } }
  var mostActive: Int { state.withLock { $0.mostActive } }
  func release() { state.withLock { $0.isHeld = false } }
  /// What becomes of the next download for which there is no fault yet.
  func add(_ fault: Fault) { state.withLock { $0.faults.append(fault) } }

  private func waitForRelease() async throws(DownloadFault) {
    // Longer than the test that holds it may have to wait for its turn.
    let isReleased = await eventually(within: .seconds(100)) { Task.isCancelled || !state.withLock(\.isHeld) }
    guard isReleased, !Task.isCancelled else { throw .cancelled }
  }

  func download(_ range: Range<UInt64>, to receiver: any DownloadReceiver) async throws(DownloadFault) {
    whenAsked(range)
    let fault = state.withLock { state in
      state.ranges.append(range)
      state.active += 1
      state.mostActive = max(state.mostActive, state.active)
      return state.faults.isEmpty ? nil : state.faults.removeFirst()
    }
    defer { state.withLock { $0.active -= 1 } }
    var pauseAt: Int?
    switch fault {
    case .pause(let count), .pauseAndFlip(let count): pauseAt = Int(range.lowerBound) + count
    case .slowly: break
    case .atOnce(let fault): throw fault
    default: try await waitForRelease()
    }
    if case .before(let fault) = fault { throw fault }
    var end = Int(range.upperBound)
    if case .halfway = fault { end = Int(range.lowerBound) + range.count / 2 }
    var start = Int(range.lowerBound)
    let inverted: (place: Int, bits: UInt8)? =
      switch fault {
      case .flip: (end - 1, 0xFF)
      case .invert(let place, let bits): (place, bits)
      default: nil
      }
    if let inverted {
      guard receive(start..<end, inverting: inverted.bits, at: inverted.place, receiver) else {
        throw .cancelled
      }
      return
    }
    while start < end {
      if start == pauseAt { try await waitForRelease() }
      if start == pauseAt, case .pauseAndFlip = fault {
        guard receive(start..<end, inverting: 0xFF, at: end - 1, receiver) else { throw .cancelled }
        return
      }
      let count = min(pieceSize, end - start, pauseAt.map { $0 > start ? $0 - start : .max } ?? .max)
      let isTaken = bytes.withBytes { receiver.receive($0.extracting(start..<start + count)) }
      guard isTaken else { throw .cancelled }
      start += count
      let isHeld = state.withLock { state in
        state.delivered += count
        return state.isHeld
      }
      if case .slowly = fault, isHeld { try? await Pause.sleep(for: .milliseconds(100)) }
      await Task.yield()
    }
    if case .halfway(let fault) = fault { throw fault }
  }

  /// Gives the bytes, some bits of one inverted; whether they are taken.
  private func receive(
    _ range: Range<Int>, inverting bits: UInt8, at place: Int, _ receiver: any DownloadReceiver
  ) -> Bool {
    var damaged = bytes.withBytes { bytes in
      bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
    if range.contains(place) { damaged[place] ^= bits }
    return unsafe receiver.receive(damaged[range].span.bytes)
  }
}
