import Primitives

/// Carries out what `SessionState` says must come before a request.
extension FUSSession {
  /// Makes a request with an authorisation, renewing it as the rules allow. `file` is what bytes are asked of.
  func authorized<Value>(
    for purpose: SessionState.Purpose, file: RemoteBinary? = nil,
    _ request: (SessionState.Credential) async throws(ExchangeFault) -> Value
  ) async throws(ExchangeFault) -> Value {
    var rejections = SessionState.Rejections()
    while true {
      let credential = try await prepare(file)
      do throws(ExchangeFault) {
        let value = try await request(credential)
        state.withLock { $0.served(purpose, with: credential) }
        return value
      } catch {
        guard isRejection(error, of: credential) else { throw error }
        switch state.withLock({ $0.rejected(credential, for: purpose, &rejections) }) {
        case .tryAgain: log.write(.debug, "The authorisation has lapsed and is renewed.")
        case .giveUp: throw .unauthorized
        case .tryLater:
          throw .transient(
            Failure(.network, "The server lets authorisations lapse as fast as they are renewed."))
        }
      }
    }
  }

  /// 401 is; so is a malformed logic check if another nonce has come meanwhile.
  private func isRejection(_ fault: ExchangeFault, of credential: SessionState.Credential) -> Bool {
    switch fault {
    case .unauthorized: true
    case .refused(let failure):
      failure.code == .protocolViolation && state.withLock { $0.isStale(credential) }
    case .transient, .busy, .cancelled: false
    }
  }

  /// A credential that is good for the file, as far as is known.
  private func prepare(_ file: RemoteBinary?) async throws(ExchangeFault) -> SessionState.Credential {
    while true {
      switch state.withLock({ $0.nextStep(for: file) }) {
      case .proceed(let credential):
        return credential
      case .generateNonce:
        try await sharedWork.join(.generateNonce) { () async throws(ExchangeFault) in
          try await self.generateNonce()
        }
      case .initialize(let file):
        try await sharedWork.join(.initialize(file)) { () async throws(ExchangeFault) in
          try await self.initialize(file)
        }
      }
    }
  }

  private func generateNonce() async throws(ExchangeFault) {
    // Somebody may have done it between the look and the start.
    guard state.withLock({ $0.nextStep(for: nil) }) == .generateNonce else { return }
    let profile = configuration.profile
    let request = post(
      profile.endpoints.nonce,
      authorization: Authorization.empty(newAuthorization: profile.newAuthorization), body: [])
    let head = try await exchange(request) { (head, body) throws(ExchangeFault) in
      if head.value("NONCE") == nil { _ = try goodMessage(head, body) }
      return head
    }
    guard let text = head.value("NONCE") else {
      throw .refused(Failure(.network, "\(request.host) sent no nonce."))
    }
    do throws(Failure) {
      let nonce = try Nonce(header: text, scheme: profile.scheme)
      state.withLock { state in
        state.received(setCookies: head.values("Set-Cookie"), in: state.currentGeneration)
        state.generated(nonce)
      }
    } catch {
      throw .refused(error)
    }
    log.write(.debug, "\(request.host) opened a session.")
  }

  private func initialize(_ file: RemoteBinary) async throws(ExchangeFault) {
    guard state.withLock({ $0.nextStep(for: file) }) == .initialize(file) else { return }
    let profile = configuration.profile
    try await authorized(for: .initialize) { credential async throws(ExchangeFault) in
      let body: [UInt8]
      do throws(Failure) {
        body = try profile.initRequest(file, nonce: credential.nonce)
      } catch {
        throw .refused(error)
      }
      _ = try await message(profile.endpoints.initialize, credential: credential, body: body)
      state.withLock { $0.initialized(file, in: credential.generation) }
    }
  }

  /// A signed POST; the reply once its body too says that all is well.
  func message(
    _ endpoint: String, credential: SessionState.Credential, body: [UInt8]
  ) async throws(ExchangeFault) -> (message: FUSReply, bytes: [UInt8]) {
    let authorization = Authorization.signed(
      credential.nonce, newAuthorization: configuration.profile.newAuthorization)
    return try await exchange(post(endpoint, authorization: authorization, body: body)) {
      (head, body) throws(ExchangeFault) in
      observe(head, generation: credential.generation)
      return (try goodMessage(head, body), body)
    }
  }

  /// The message in a reply's body; throws what its status means if that is not good.
  private func goodMessage(_ head: HTTPResponseHead, _ body: [UInt8]) throws(ExchangeFault) -> FUSReply {
    let message: FUSReply
    do throws(Failure) { message = try FUSReply(parsing: body) } catch { throw .refused(error) }
    if let fault = ExchangeFault(ServerStatus(body: message.status), head: head) { throw fault }
    return message
  }
}
