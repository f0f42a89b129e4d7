import CMicroHTTPD
import Glibc

/// A body that goes out piece by piece: slowed down, ended early or with inverted bytes.
///
/// Used by the one thread of its connection.
@safe
final class BodyReader {
  /// The most bytes of a piece.
  static let pieceLimit = 64 * 1024

  private let body: Answer.Body
  private let count: UInt64
  private let delivery: Delivery
  private let flipped: [UInt64]
  private let pause: Pause
  private let socket: Int32
  private let file: Int32
  private var began: ContinuousClock.Instant?
  /// Bytes handed out.
  private(set) var sent: UInt64 = 0

  /// Nothing when the body's file cannot be opened.
  init?(_ body: Answer.Body, _ delivery: Delivery, pause: Pause, socket: Int32) {
    self.body = body
    count = body.count
    self.delivery = delivery
    flipped = delivery.flippedPlaces(in: count)
    self.pause = pause
    self.socket = socket
    if case .file(let path, _, _) = body {
      file = unsafe open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
    } else {
      file = -1
    }
  }

  deinit {
    if file >= 0 { close(file) }
  }

  /// The next piece: its length, or the code that ends the body early.
  /// - Parameter position: bytes of the body before the piece.
  func read(at position: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let end: UInt64
    switch delivery.ending {
    case .whole: end = count
    case .closed(let after), .reset(let after), .stalled(let after): end = after
    }
    guard position < end else { return finish() }
    var length = min(UInt64(min(buffer.count, Self.pieceLimit)), end - position)
    if let rate = delivery.rate {
      length = min(length, max(1, rate / 100))
      guard waitForTurn(rate, upTo: position + length) else { return fusfs_mhd_end_with_error() }
    }
    let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(length)])
    guard unsafe fill(piece, from: position) else { return fusfs_mhd_end_with_error() }
    for place in flipped where (position..<position + length).contains(place) {
      unsafe piece[Int(place - position)] ^= 0xff
    }
    sent = max(sent, position + length)
    return Int(length)
  }

  /// Waits until a connection of this rate would have brought so many bytes.
  private func waitForTurn(_ rate: UInt64, upTo bytes: UInt64) -> Bool {
    let start = began ?? .now
    began = start
    let due = start + .seconds(1) * (Double(bytes) / Double(rate))
    return pause.wait(max(.zero, due - .now), client: socket)
  }

  private func finish() -> Int {
    switch delivery.ending {
    case .whole, .closed: break
    case .reset: fusfs_tcp_reset(socket)
    case .stalled: _ = pause.wait(nil, client: socket)
    }
    return fusfs_mhd_end_with_error()
  }

  private func fill(_ piece: UnsafeMutableRawBufferPointer, from position: UInt64) -> Bool {
    switch body {
    case .bytes(let bytes):
      unsafe piece.copyBytes(from: bytes[Int(position)..<Int(position) + piece.count])
      return true
    case .padded(let head, let filling, let tail):
      let end = position + UInt64(piece.count)
      let tailStart = UInt64(head.count) + filling
      unsafe piece.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "A"))
      for place in position..<max(position, min(end, UInt64(head.count))) {
        unsafe piece[Int(place - position)] = head[Int(place)]
      }
      for place in max(position, tailStart)..<max(position, tailStart, end) {
        unsafe piece[Int(place - position)] = tail[Int(place - tailStart)]
      }
      return true
    case .file(_, let first, _):
      var filled = 0
      while filled < piece.count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: piece[filled...])
        let got = unsafe pread(file, rest.baseAddress, rest.count, off_t(first + position) + off_t(filled))
        guard got > 0 else { return false }
        filled += got
      }
      return true
    }
  }
}
