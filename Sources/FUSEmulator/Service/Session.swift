/// What the server remembers of one client.
struct Session {
  struct Cookie: Equatable, Sendable {
    let name: String
    let value: String
  }

  struct Nonce: Equatable {
    let plain: String
    /// The text of the header `NONCE`.
    let sealed: String
    let signature: String

    init(_ generation: Generation) {
      plain = Text.random(16)
      sealed = generation.sealed(nonce: plain)
      signature = generation.signature(nonce: plain)
    }
  }

  /// How many nonces given out with ranges may be outstanding: parallel replies overtake each other, so the
  /// client cannot know which of them is the newest.
  private static let outstandingLimit = 32

  let generation: Generation
  let cookies: [Cookie]
  /// All that are still good, the newest last. A nonce given with a POST's reply retires those before it.
  private(set) var nonces: [Nonce] = []
  /// Files that Init has authorised since the last GenerateNonce, by path.
  private(set) var initialised: Set<String> = []
  private var grantedAt: ContinuousClock.Instant
  private var bytesAsked: UInt64 = 0
  private var lapsed = false

  init(_ generation: Generation, at now: ContinuousClock.Instant) {
    self.generation = generation
    let names = ["JSESSIONID", "SESSION"] + (generation.wantsAllCookies ? ["ak_bmsc"] : [])
    cookies = names.map { Cookie(name: $0, value: Text.random(32)) }
    grantedAt = now
  }

  /// What GenerateNonce gives: a new nonce, and an authorisation that begins anew without any file.
  mutating func renew(at now: ContinuousClock.Instant) -> Nonce {
    initialised = []
    grantedAt = now
    bytesAsked = 0
    lapsed = false
    return rotate()
  }

  /// A new nonce that retires all others.
  mutating func rotate() -> Nonce {
    let nonce = Nonce(generation)
    nonces = [nonce]
    return nonce
  }

  /// A new nonce beside the others, as far as the limit allows.
  mutating func addNonce() -> Nonce {
    let nonce = Nonce(generation)
    nonces = nonces.suffix(Self.outstandingLimit) + [nonce]
    return nonce
  }

  mutating func initialise(_ path: String) {
    initialised.insert(path)
  }

  /// Takes bytes into account that are about to be sent.
  mutating func ask(_ bytes: UInt64) {
    bytesAsked = bytesAsked.addingReportingOverflow(bytes).partialValue
  }

  /// Whether the authorisation has come to its end.
  mutating func hasLapsed(_ settings: Settings, at now: ContinuousClock.Instant) -> Bool {
    if let limit = settings.lapseAfter, now - grantedAt >= limit { lapsed = true }
    if let limit = settings.lapseBytes, bytesAsked >= limit { lapsed = true }
    return lapsed
  }

  /// Whether the request brings back the cookies that this session wants.
  func accepts(cookies given: [String: String]) -> Bool {
    cookies.enumerated().allSatisfy { place, cookie in
      let value = given[cookie.name]
      let isNeeded = place == 0 || generation.wantsAllCookies
      return value == cookie.value || value == nil && !isNeeded
    }
  }
}

/// The sessions, by the value of their first cookie; the oldest goes when there are too many.
struct SessionTable {
  private static let limit = 256

  private var sessions: [String: Session] = [:]
  private var order: [String] = []

  subscript(_ key: String) -> Session? {
    get { sessions[key] }
    set { sessions[key] = newValue }
  }

  /// Takes a session in and gives its key.
  mutating func insert(_ session: Session) -> String {
    let key = session.cookies[0].value
    sessions[key] = session
    order.append(key)
    if order.count > Self.limit { sessions[order.removeFirst()] = nil }
    return key
  }

  /// The key of the session that gave out a nonce which is still good.
  func key(sealedNonce: String) -> String? {
    sessions.first { $0.value.nonces.contains { $0.sealed == sealedNonce } }?.key
  }
}
