extension Service {
  /// Who sent a request, and under which nonce.
  struct Identity {
    let key: String
    let nonce: Session.Nonce
  }

  /// The request's Authorization header, in the form of a generation.
  func authorization(_ request: Request, _ generation: Generation) throws(Refusal) -> AuthorizationHeader {
    guard let text = request.headers["authorization"] else { throw .http(401, "there is no Authorization") }
    guard let header = AuthorizationHeader(text) else {
      throw .http(405, "Authorization is not FUS nonce, signature, nc, type, realm")
    }
    guard !generation.isKies || header.newAuthorization else {
      throw .http(405, "Authorization lacks newauth, which the kies generations send")
    }
    return header
  }

  /// The session of a POST after GenerateNonce: found by its cookies, else by the nonce; signed; not lapsed.
  mutating func identifyPost(
    _ request: Request, _ generation: Generation, at now: ContinuousClock.Instant
  ) throws(Refusal) -> Identity {
    let header = try authorization(request, generation)
    guard header.isPlain else { throw .http(405, "nc, type and realm are only for SmartHistory") }
    let cookies = request.cookies
    let key = cookies["JSESSIONID"] ?? sessions.key(sealedNonce: header.nonce)
    guard let key, let session = sessions[key] else {
      throw .http(401, "neither a cookie nor the nonce names a session")
    }
    guard cookies.isEmpty && !generation.wantsAllCookies || session.accepts(cookies: cookies) else {
      throw .http(401, "the session's cookies are not all sent back as they came")
    }
    let identity = try identify(header, session, key, generation, at: now)
    guard header.nonce.isEmpty || header.nonce == identity.nonce.sealed else {
      throw .http(401, "nonce is neither empty nor the one that the signature is of")
    }
    return identity
  }

  /// The session of a GET: found by the nonce as it was received; signed; not lapsed.
  mutating func identifyGet(
    _ request: Request, _ generation: Generation, at now: ContinuousClock.Instant
  ) throws(Refusal) -> Identity {
    let header = try authorization(request, generation)
    guard header.isPlain else { throw .http(405, "nc, type and realm are only for SmartHistory") }
    guard !header.nonce.isEmpty else { throw .http(401, "a GET needs the nonce as it was received") }
    guard let key = sessions.key(sealedNonce: header.nonce), let session = sessions[key] else {
      throw .http(401, "the nonce is unknown or not the newest")
    }
    let identity = try identify(header, session, key, generation, at: now)
    guard identity.nonce.sealed == header.nonce else {
      throw .http(401, "the signature is of another nonce")
    }
    return identity
  }

  private mutating func identify(
    _ header: AuthorizationHeader, _ session: Session, _ key: String, _ generation: Generation,
    at now: ContinuousClock.Instant
  ) throws(Refusal) -> Identity {
    guard session.generation == generation else {
      throw .http(401, "the session was begun as \(session.generation.name), not \(generation.name)")
    }
    guard let nonce = session.nonces.last(where: { $0.signature == header.signature }) else {
      throw .http(401, "the signature is not that of the newest nonce")
    }
    var session = session
    let lapsed = session.hasLapsed(settings, at: now)
    sessions[key] = session
    guard !lapsed else { throw .http(401, "the authorisation has lapsed") }
    return Identity(key: key, nonce: nonce)
  }

  /// A session's reply with a new nonce, where the setting wants one.
  mutating func rotated(_ answer: Answer, _ key: String, after step: Endpoint.Step) -> Answer {
    guard var session = sessions[key] else { return answer }
    let nonce: Session.Nonce
    switch (settings.rotation, step) {
    case (.every, .data): nonce = session.addNonce()
    case (.every, _), (.onInit, .initialise): nonce = session.rotate()
    default: return answer
    }
    sessions[key] = session
    secrets.note(nonce)
    return answer.with(Answer.Header("NONCE", nonce.sealed))
  }
}
