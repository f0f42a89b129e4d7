import CMicroHTTPD
import Glibc

/// One request on its way in and its answer on its way out. Used by the one thread of its connection.
@safe
final class Exchange {
  private let target: String
  private let socket: Int32
  private let acknowledgedBefore: UInt64
  private var request: Request?
  private var transfer: (number: Int, count: UInt64)?
  private var reader: BodyReader?

  init(target: String, connection: OpaquePointer?) {
    self.target = target
    socket = unsafe fusfs_mhd_socket(connection)
    acknowledgedBefore = fusfs_tcp_acknowledged(socket)
  }

  /// Whether the request's headers have been taken already.
  var hasBegun: Bool { request != nil }

  func begin(method: String, headers: [(name: String, value: String)]) {
    request = Request(method: method, target: target, headers: headers)
  }

  func append(_ bytes: UnsafeRawBufferPointer) {
    unsafe request?.append(Array(bytes))
  }

  /// Answers the whole request on its connection; false ends the connection.
  func answer(from service: Guarded<Service>, pause: Pause, on connection: OpaquePointer?) -> Bool {
    guard let request else { return false }
    let answer = service.withLock { $0.answer(request, at: .now) }
    transfer = answer.transfer.map { ($0, answer.body.count) }
    if answer.delivery.latency > .zero, !pause.wait(answer.delivery.latency, client: socket) {
      return false
    }
    guard let response = unsafe response(to: answer, pause: pause) else { return false }
    defer { unsafe MHD_destroy_response(response) }
    for header in answer.headers { unsafe MHD_add_response_header(response, header.name, header.value) }
    return unsafe MHD_queue_response(connection, answer.status, response) == .YES
  }

  /// Notes what has gone out.
  func end(whole: Bool, service: Guarded<Service>) {
    guard let transfer else { return }
    let sent: UInt64
    if let reader {
      sent = reader.sent
    } else if whole {
      sent = transfer.count
    } else {
      let acknowledged = fusfs_tcp_acknowledged(socket)
      sent = min(transfer.count, acknowledged - min(acknowledged, acknowledgedBefore))
    }
    service.withLock { $0.end(transfer: transfer.number, sent: sent) }
  }

  private func response(to answer: Answer, pause: Pause) -> OpaquePointer? {
    switch answer.body {
    case .bytes(var bytes) where answer.delivery.isPlain:
      return unsafe MHD_create_response_from_buffer(bytes.count, &bytes, .RESPMEM_MUST_COPY)
    case .file(let path, let first, let count) where answer.delivery.isPlain:
      let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      return unsafe MHD_create_response_from_fd_at_offset64(count, file, first)
    default:
      reader = BodyReader(answer.body, answer.delivery, pause: pause, socket: socket)
      guard let reader else { return nil }
      return unsafe MHD_create_response_from_callback(
        answer.body.count, BodyReader.pieceLimit,
        { context, position, buffer, length in
          guard let context = unsafe context else { return fusfs_mhd_end_with_error() }
          let reader = unsafe Unmanaged<BodyReader>.fromOpaque(context).takeUnretainedValue()
          let room = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: length)
          return unsafe reader.read(at: position, into: room)
        },
        Unmanaged.passRetained(reader).toOpaque(),
        { context in
          guard let context = unsafe context else { return }
          unsafe Unmanaged<BodyReader>.fromOpaque(context).release()
        })
    }
  }
}
