import CMicroHTTPD

/// libmicrohttpd in front of a service.
///
/// Each connection has a thread of its own, so that a slow, stalled or delayed one holds up no other, and an
/// unshaped body goes from its file to the socket without passing through here.
@safe
final class HTTPDaemon: @unchecked Sendable {
  let port: UInt16
  private let pause: Pause
  private let daemon: OpaquePointer
  private let context: Unmanaged<Context>
  private let isRunning = Guarded(true)

  /// Listens on 127.0.0.1.
  /// - Parameter port: 0 for any that is free.
  init(_ service: Service, port: UInt16) throws(EmulatorFailure) {
    pause = try Pause()
    unsafe context = .passRetained(Context(service: Guarded(service), pause: pause))
    let daemon = unsafe fusfs_mhd_start(
      port, answerRequest, context.toOpaque(), beginRequest, nil, endRequest, context.toOpaque())
    guard let daemon = unsafe daemon else {
      unsafe context.release()
      throw EmulatorFailure("port \(port) of 127.0.0.1 cannot be listened on")
    }
    unsafe self.daemon = daemon
    self.port = unsafe fusfs_mhd_port(daemon)
  }

  deinit {
    stop()
  }

  /// Ends all connections and gives the port back; doing so again does nothing.
  func stop() {
    let wasRunning = isRunning.withLock { isRunning in
      defer { isRunning = false }
      return isRunning
    }
    guard wasRunning else { return }
    pause.stop()
    unsafe MHD_stop_daemon(daemon)
    unsafe context.release()
  }
}

/// What the callbacks work on.
private final class Context: Sendable {
  let service: Guarded<Service>
  let pause: Pause

  init(service: Guarded<Service>, pause: Pause) {
    self.service = service
    self.pause = pause
  }
}

/// Called with the target as it came, before the headers are read; what it gives is kept for the request.
private func beginRequest(
  _: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  let target = unsafe target.map { unsafe String(cString: $0) } ?? ""
  return unsafe Unmanaged.passRetained(Exchange(target: target, connection: connection)).toOpaque()
}

/// Called once with the headers, then for each part of the body, then once more for the answer.
private func answerRequest(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?, _ part: UnsafePointer<CChar>?,
  _ partSize: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context = unsafe context, let state = unsafe state?.pointee, let method = unsafe method,
    let partSize = unsafe partSize
  else { return .NO }
  let exchange = unsafe Unmanaged<Exchange>.fromOpaque(state).takeUnretainedValue()
  guard exchange.hasBegun else {
    exchange.begin(method: unsafe String(cString: method), headers: unsafe headers(of: connection))
    return .YES
  }
  guard unsafe partSize.pointee == 0 else {
    unsafe exchange.append(UnsafeRawBufferPointer(start: part, count: partSize.pointee))
    unsafe partSize.pointee = 0
    return .YES
  }
  let shared = unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
  let goesOn = unsafe exchange.answer(from: shared.service, pause: shared.pause, on: connection)
  return goesOn ? .YES : .NO
}

/// Called when the answer is out or the connection has ended.
private func endRequest(
  _ context: UnsafeMutableRawPointer?, _: OpaquePointer?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ reason: MHD_RequestTerminationCode
) {
  guard let context = unsafe context, let kept = unsafe state?.pointee else { return }
  let exchange = unsafe Unmanaged<Exchange>.fromOpaque(kept).takeRetainedValue()
  let shared = unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
  exchange.end(whole: reason == .REQUEST_TERMINATED_COMPLETED_OK, service: shared.service)
  unsafe state?.pointee = nil
}

private func headers(of connection: OpaquePointer?) -> [(name: String, value: String)] {
  var found: [(name: String, value: String)] = []
  unsafe withUnsafeMutablePointer(to: &found) { list in
    _ = unsafe MHD_get_connection_values(
      connection, .HEADER_KIND,
      { list, _, name, value in
        guard let name = unsafe name, let value = unsafe value else { return .YES }
        let list = unsafe list?.assumingMemoryBound(to: [(name: String, value: String)].self)
        unsafe list?.pointee.append((String(cString: name), String(cString: value)))
        return .YES
      }, list)
  }
  return found
}
