import Primitives

/// What a session knows, and the rules of what comes next. No I/O: the session asks and acts.
///
///     no nonce ──GenerateNonce──▸ generation n ──Init(file)──▸ file authorised ──▸ GETs
///        ▴                            │  ▴
///        └────── rejected (401) ──────┘  └── NONCE on a reply: same generation, next rotation
///
/// A rejection ends the generation once, however many requests met it: those that come later find it already gone.
struct SessionState: Sendable {
  /// A nonce and where it comes from.
  struct Credential: Sendable, Equatable {
    let nonce: Nonce
    /// Counts GenerateNonce.
    let generation: Int
    /// Counts the nonces within a generation.
    let rotation: Int
  }

  /// What a request is for: an authorisation that serves one may refuse another.
  enum Purpose: Sendable {
    case inform
    case initialize
    case download
  }

  enum Step: Sendable, Equatable {
    case proceed(Credential)
    case generateNonce
    case initialize(RemoteBinary)
  }

  /// What to do about a rejected request.
  enum Verdict: Sendable, Equatable {
    case tryAgain
    /// Authorisation lapses as fast as it is renewed: later, perhaps.
    case tryLater
    case giveUp
  }

  /// How one request was rejected before.
  struct Rejections: Sendable {
    fileprivate var wasStale = false
    /// By which generations otherwise.
    fileprivate var generations: [Int] = []
  }

  private static let mostLapses = 8

  private var credential: Credential?
  private var generation = 0
  private var authorizedFiles: Set<RemoteBinary> = []
  /// The last generation in which each purpose was served.
  private var lastServed: [Purpose: Int] = [:]
  private(set) var cookies: CookieJar

  init(cookies: CookieJar) { self.cookies = cookies }

  /// What must happen before the next request, which is for bytes of `file` if there is one.
  func nextStep(for file: RemoteBinary?) -> Step {
    guard let credential else { return .generateNonce }
    if let file, !authorizedFiles.contains(file) { return .initialize(file) }
    return .proceed(credential)
  }

  /// The generation whose replies may change the state now.
  var currentGeneration: Int { generation }

  /// GenerateNonce answered.
  mutating func generated(_ nonce: Nonce) {
    generation += 1
    credential = Credential(nonce: nonce, generation: generation, rotation: 0)
    authorizedFiles = []
  }

  /// Init answered well.
  mutating func initialized(_ file: RemoteBinary, in generation: Int) {
    if generation == self.generation, credential != nil { authorizedFiles.insert(file) }
  }

  /// A reply brought a nonce. One to a request of an earlier generation changes nothing.
  mutating func received(_ nonce: Nonce, in generation: Int) {
    guard let current = credential, generation == self.generation else { return }
    credential = Credential(nonce: nonce, generation: generation, rotation: current.rotation + 1)
  }

  /// A reply brought cookies.
  mutating func received(setCookies: [String], in generation: Int) {
    guard generation == self.generation else { return }
    for text in setCookies { cookies.take(setCookie: text) }
  }

  /// A request was served, or has begun to be.
  mutating func served(_ purpose: Purpose, with credential: Credential) {
    lastServed[purpose] = max(lastServed[purpose] ?? 0, credential.generation)
  }

  /// Whether a newer nonce or generation has come since this one was taken.
  func isStale(_ credential: Credential) -> Bool { self.credential != credential }

  /// A request was rejected with 401.
  ///
  /// A nonce that had been replaced meanwhile earns another try with the newest. An authorisation that once served
  /// has lapsed and is renewed. One that never served is renewed once; the second time nothing helps. Others may have
  /// been served by it at the same time, of which one learns only later: the first is looked at again.
  mutating func rejected(_ rejected: Credential, for purpose: Purpose, _ rejections: inout Rejections)
    -> Verdict
  {
    if rejected.generation == generation, credential != nil, isStale(rejected), !rejections.wasStale {
      rejections.wasStale = true
      return .tryAgain
    }
    rejections.generations.append(rejected.generation)
    if rejected.generation == generation { credential = nil }
    let lastServed = lastServed[purpose] ?? 0
    if rejections.generations.count(where: { $0 > lastServed }) > 1 { return .giveUp }
    return rejections.generations.count > Self.mostLapses ? .tryLater : .tryAgain
  }
}
