import Primitives
import Testing

@testable import FUSNet

struct RangeReceiverTests {
  private struct Sink: DownloadReceiver {
    func receive(_ bytes: RawSpan) -> Bool { true }
  }

  /// How a download of the bytes 10…49 of 1600 ends.
  ///
  /// - Parameters:
  ///   - fields: of a reply of status 206; nil for none.
  ///   - count: bytes of its body.
  private func failure(_ fields: [HTTPField]?, _ count: Int = 0) throws -> Failure {
    let receiver = RangeReceiver(
      range: 10..<50, total: 1600, host: "h", receiver: Sink(), headArrived: { _ in })
    if let fields {
      let goesOn = receiver.begin(HTTPResponseHead(status: 206, fields: fields))
      if goesOn { _ = unsafe receiver.receive([UInt8](repeating: 1, count: count).span.bytes) }
    }
    guard case .faulty(let failure) = receiver.ending else { throw CancellationError() }
    return failure
  }

  @Test func eachCauseHasAPlaceOfItsOwn() throws {
    let right = HTTPField("Content-Range", "bytes 10-49/1600")
    let failures = [
      try failure(nil), try failure([]), try failure([right], 39), try failure([right], 41),
      try failure([HTTPField("Content-Range", "bytes 0-39/1600")]),
      try failure([HTTPField("Content-Range", "bytes 10-49/1601")]),
      try failure([right, HTTPField("Content-Length", "41")]),
      try failure([right, HTTPField("Content-Encoding", "gzip")]),
    ]
    #expect(Set(failures.map(\.cause)).count == failures.count, "\(failures)")
    #expect(Set(failures.map(\.site.description)).count == failures.count, "\(failures.map(\.site))")
  }
}
