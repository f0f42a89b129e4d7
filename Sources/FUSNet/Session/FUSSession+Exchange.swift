import Primitives

/// One request and its small reply, sent again while faults pass.
extension FUSSession {
  /// Of a reply that is no stretch of a package, in bytes.
  private static let longestReply = 8 << 20

  /// What `read` makes of the reply. Sends until a reply of status 200 comes that `read` is content with, or trying
  /// has no more use.
  func exchange<Value>(
    _ request: HTTPRequest, _ read: (HTTPResponseHead, [UInt8]) throws(ExchangeFault) -> Value
  ) async throws(ExchangeFault) -> Value {
    var policy = RetryPolicy(longest: configuration.retryTime)
    let start = SuspendingClock.now
    let number = messages.withLock { $0.began(request, at: start) }
    defer { messages.withLock { $0.ended(number) } }
    while true {
      let fault: ExchangeFault
      do throws(ExchangeFault) {
        let reply = try await exchangeOnce(request)
        return try read(reply.head, reply.body)
      } catch {
        fault = error
      }
      let demanded: Double?
      switch fault {
      case .transient: demanded = nil
      case .busy(let seconds, _): demanded = seconds
      case .refused(let failure):
        if failure.code == .protocolViolation { tellMalformed(request) }
        throw fault
      case .unauthorized, .cancelled: throw fault
      }
      let elapsed = (SuspendingClock.now - start).seconds
      guard let delay = policy.nextDelay(demanded: demanded, elapsed: elapsed, chance: .random(in: 0...1))
      else {
        throw fault
      }
      log.write(.info, "\(fault.failure.cause) Another try follows.")
      do { try await Pause.sleep(for: .seconds(delay)) } catch { throw .cancelled }
      messages.withLock { $0.sentAgain(number) }
    }
  }

  /// What a server calls malformed is a fault of this program: the message goes to the log, secrets left out.
  private func tellMalformed(_ request: HTTPRequest) {
    var message = ""
    if case .post(let body) = request.method, let element = try? XMLElement(parsing: body) {
      let secret = configuration.deviceIdentity.map { Array($0.value.utf8) } ?? []
      let plain = element.blanked(FUSReply.deviceFields.union(["LOGIC_CHECK"]), secret: secret)
      message = ": " + String(decoding: plain.serialized, as: UTF8.self)
    }
    log.write(.error, "The server calls this message to \(request.url) malformed\(message)")
  }

  private func exchangeOnce(
    _ request: HTTPRequest
  ) async throws(ExchangeFault) -> (head: HTTPResponseHead, body: [UInt8]) {
    let collector = BodyCollector(limit: Self.longestReply)
    let loop = try transferLoop()
    let head: HTTPResponseHead
    do throws(TransferFault) {
      head = try await loop.perform(request, to: collector)
    } catch {
      if collector.isTooLong {
        throw .refused(Failure(.network, "The reply of \(request.host) is too long for an answer."))
      }
      throw ExchangeFault(error)
    }
    let body = collector.body
    log.write(.debug, "\(request.host) answered with status \(head.status) and \(body.count) bytes.")
    if let fault = ExchangeFault(ServerStatus(http: head.status), head: head) { throw fault }
    return (head, body)
  }

  /// A POST to the control server, with the session's cookies.
  func post(_ endpoint: String, authorization: String, body: [UInt8]) -> HTTPRequest {
    var fields = configuration.profile.headers + [HTTPField("Authorization", authorization)]
    fields += [HTTPField("Cache-Control", "no-cache"), HTTPField("Content-Type", "")]
    if let cookies = state.withLock(\.cookies.header) { fields.append(HTTPField("Cookie", cookies)) }
    return HTTPRequest(
      method: .post(body: body), url: "\(configuration.controlURL)\(endpoint)",
      host: configuration.controlURL.host,
      fields: fields, lane: .control)
  }

  /// Takes the nonce and the cookies that a reply to a request of this generation brought.
  func observe(_ head: HTTPResponseHead, generation: Int) {
    state.withLock { $0.received(setCookies: head.values("Set-Cookie"), in: generation) }
    guard let text = head.value("NONCE") else { return }
    do throws(Failure) {
      let nonce = try Nonce(header: text, scheme: configuration.profile.scheme)
      state.withLock { $0.received(nonce, in: generation) }
    } catch {
      log.write(.warning, error.description)
    }
  }
}
