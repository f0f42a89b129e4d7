import CCurl
import Glibc
import Primitives

/// One request on its way: libcurl's handle, what arrived so far, and the task that waits for the end.
///
/// All but `cancel` belongs to the transfer thread.
@safe
final class Transfer: @unchecked Sendable {
  typealias Outcome = Result<HTTPResponseHead, TransferFault>

  /// Seconds that libcurl lets a connection be idle before it makes another.
  private static let usualIdle = 118.0

  let request: HTTPRequest
  private let receiver: any TransferReceiver
  private let continuation = Locked<CheckedContinuation<Outcome, Never>?>(nil)
  private let cancelled = Locked(false)

  private(set) var easy: UnsafeMutableRawPointer?
  private var fieldList: UnsafeMutablePointer<curl_slist>?

  private var heads = HTTPHeadReader()
  /// Once it is complete.
  private var head: HTTPResponseHead?
  private var abortReason: TransferFault?
  private var pace = TransferPace()
  /// When it must have ended; nil if it may go on for as long as bytes come.
  private(set) var deadline: SuspendingClock.Instant?

  init(_ request: HTTPRequest, receiver: any TransferReceiver) {
    self.request = request
    self.receiver = receiver
  }

  deinit { releaseHandle() }

  // MARK: The waiting task

  func await(with continuation: CheckedContinuation<Outcome, Never>) {
    self.continuation.withLock { $0 = continuation }
  }

  /// Callable from any thread; the transfer thread acts on it.
  func cancel() { cancelled.withLock { $0 = true } }

  var isCancelled: Bool { cancelled.withLock { $0 } }

  /// Tells the task how it ended; only the first call counts.
  func finish(_ outcome: Outcome) {
    releaseHandle()
    let waiting = continuation.withLock { continuation in
      defer { continuation = nil }
      return continuation
    }
    waiting?.resume(returning: outcome)
  }

  // MARK: libcurl's handle

  /// Makes the handle. False when libcurl refuses an option, for want of memory.
  ///
  /// - Parameter mostIdle: for how many seconds, at least one, a connection may have been idle that is used again; nil for
  ///   as long as libcurl thinks right.
  func prepare(_ configuration: TransferLoop.Configuration, mostIdle: Double?) -> Bool {
    guard let easy = unsafe curl_easy_init() else { return false }
    unsafe self.easy = easy
    if request.lane == .control { deadline = .now + .seconds(configuration.replyTimeout) }
    for field in request.fields + [HTTPField("Accept-Encoding", "identity"), HTTPField("Expect", "")] {
      // A name without a value is written `Name:`, which also keeps libcurl from adding its own.
      guard let list = unsafe curl_slist_append(fieldList, "\(field.name): \(field.value)".trimmed) else {
        return false
      }
      unsafe fieldList = list
    }
    var options = unsafe EasyOptions(easy)
    options.set(CURLOPT_URL, request.url)
    options.set(CURLOPT_PROTOCOLS_STR, "http,https")
    options.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    options.set(CURLOPT_FOLLOWLOCATION, 0)
    options.set(CURLOPT_NOSIGNAL, 1)
    options.set(CURLOPT_QUICK_EXIT, 1)
    options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    options.set(CURLOPT_SSL_VERIFYPEER, 1)
    options.set(CURLOPT_SSL_VERIFYHOST, 2)
    options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    options.set(CURLOPT_PROXY_SSL_VERIFYPEER, 1)
    options.set(CURLOPT_PROXY_SSL_VERIFYHOST, 2)
    options.set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    options.set(CURLOPT_TCP_KEEPALIVE, 1)
    options.set(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, configuration.connectTimeout * 1000)))
    if let mostIdle, mostIdle < Self.usualIdle { options.set(CURLOPT_MAXAGE_CONN, max(1, Int(mostIdle))) }
    if request.lane == .bulk { options.set(CURLOPT_BUFFERSIZE, 512 << 10) }
    if let proxy = configuration.proxy { options.set(CURLOPT_PROXY, proxy) }
    // In place of libcurl's own file; its directory, which holds the system's, stays.
    if let file = configuration.authorities {
      options.set(CURLOPT_CAINFO, file)
      options.set(CURLOPT_PROXY_CAINFO, file)
    }
    if case .post(let body) = request.method {
      options.set(CURLOPT_POST, 1)
      options.set(CURLOPT_POSTFIELDSIZE, body.count)
      options.set(CURLOPT_COPYPOSTFIELDS, String(decoding: body, as: UTF8.self))
    }
    unsafe options.set(CURLOPT_HTTPHEADER, fieldList)
    unsafe options.setFunctions(context: Unmanaged.passUnretained(self).toOpaque())
    return options.areAccepted
  }

  private func releaseHandle() {
    if let easy = unsafe easy { unsafe curl_easy_cleanup(easy) }
    unsafe easy = nil
    unsafe curl_slist_free_all(fieldList)
    unsafe fieldList = nil
  }

  // MARK: What libcurl calls

  func connected() { pace.began(at: .now) }

  /// A line of a head, with its line end. False ends the transfer.
  func receive(headLine line: UnsafeRawBufferPointer) -> Bool {
    // What follows a complete head are trailers.
    guard head == nil else { return true }
    switch unsafe heads.take(line: Array(line.prefix { $0 != 0x0D && $0 != 0x0A })) {
    case .goesOn: return true
    // No other line is progress: a server could send heads that announce the next, or trailers, for ever.
    case .finalBegins:
      pace.began(at: .now)
      return true
    case .ended(let complete):
      head = complete
      return receiver.begin(complete) || stop(.stopped)
    case .malformed: return stop(.transient(unexpected()))
    case .tooLong: return stop(.permanent(tooLong))
    }
  }

  func receive(body: UnsafeRawBufferPointer) -> Bool {
    pace.came(bytes: body.count, at: .now)
    return unsafe receiver.receive(body.bytes) || stop(.stopped)
  }

  private func stop(_ reason: TransferFault) -> Bool {
    abortReason = reason
    return false
  }

  // MARK: The end

  /// When it last went on; nil while it connects.
  var lastProgress: SuspendingClock.Instant? { pace.last }

  /// How it ended, by libcurl's code.
  func outcome(_ code: CURLcode) -> Outcome {
    if let abortReason { return .failure(abortReason) }
    guard code == CURLE_OK else { return .failure(fault(code)) }
    guard let head else { return .failure(.transient(unexpected())) }
    return .success(head)
  }

  /// Why this process can open no connection to anybody, if it cannot; libcurl does not tell.
  private static var lackOfFiles: Failure? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor < 0 else {
      close(descriptor)
      return nil
    }
    guard errno == EMFILE || errno == ENFILE else { return nil }
    return Failure(
      .exhausted, "There are too many open files to connect to a server.",
      cure: "Raise the limit: ulimit -n, or LimitNOFILE of a service.")
  }

  private func unexpected(file: StaticString = #fileID, line: UInt = #line) -> Failure {
    Failure(
      .network, "\(request.host) answered with something that is not HTTP.", file: file, line: line)
  }

  private var tooLong: Failure {
    Failure(.network, "The reply of \(request.host) is too long: its head never ends.")
  }

  private func fault(_ code: CURLcode) -> TransferFault {
    let words = unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code.rawValue)"
    switch code {
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
      CURLE_OPERATION_TIMEDOUT:
      if let lack = Self.lackOfFiles { return .transient(lack) }
      return .transient(
        Failure(
          .network, "\(request.host) cannot be reached: \(words).",
          cure: "Check the network, the server's address and the proxy."))
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
      return .permanent(
        Failure(
          .network, "The certificate of \(request.host) is not trusted: \(words).",
          cure:
            "Check the clock, the package ca-certificates, and whether a firewall opens TLS: see --ca-file."))
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_NOT_BUILT_IN:
      return .permanent(Failure(.invalid, "\(request.host) cannot be asked: \(words)."))
    case CURLE_OUT_OF_MEMORY:
      return .permanent(Failure(.exhausted, "There is no memory for a transfer."))
    default:
      return .transient(Failure(.network, "The transfer from \(request.host) broke off: \(words)."))
    }
  }
}
