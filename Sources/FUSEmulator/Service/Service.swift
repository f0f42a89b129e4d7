/// The server's mind: every request becomes an answer here, without any I/O.
struct Service {
  /// The most refusals that are kept.
  private static let refusalLimit = 1000

  var settings: Settings
  var catalogue: Catalogue
  var sessions = SessionTable()
  var counters = Counters()
  var secrets = IssuedSecrets()
  private(set) var refusals: [String] = []

  init(_ catalogue: Catalogue, settings: Settings) {
    self.catalogue = catalogue
    self.settings = settings
  }

  /// The answer to a request that came at some time.
  mutating func answer(_ request: Request, at now: ContinuousClock.Instant) -> Answer {
    guard let endpoint = Endpoint(path: request.path) else {
      let refusal = Refusal.http(404, "there is nothing at this path")
      return finished(refused(refusal, request, look: .kies))
    }
    if let name = endpoint.counter { counters.count(request: name) }
    switch endpoint {
    case .inspection(let name): return inspect(name, request)
    case .plainFile(let name):
      do throws(Refusal) {
        return finished(try plainFile(name, request))
      } catch {
        return finished(refused(error, request, look: .kies))
      }
    case .versionList(let region, let model):
      do throws(Refusal) {
        return finished(try versionList(request, region: region, model: model))
      } catch {
        return finished(refused(error, request, look: .kies))
      }
    case .step(let step, let smart):
      do throws(Refusal) {
        let generation = try generation(of: request, smart: smart)
        return finished(try take(step, request, generation, at: now))
      } catch {
        return finished(refused(error, request, look: smart ? .smart : .kies))
      }
    }
  }

  /// Notes that a GET of firmware has ended.
  mutating func end(transfer: Int, sent: UInt64) {
    counters.end(transfer, sent: sent)
  }

  mutating func forgetRefusals() {
    refusals = []
  }

  /// The fault that strikes a request at any of these places, if one does.
  mutating func takeFault(at places: Set<Fault.Place>) -> Fault.Kind? {
    let fault = settings.takeFault(at: places)
    if fault != nil { counters.countFault() }
    return fault
  }

  private mutating func take(
    _ step: Endpoint.Step, _ request: Request, _ generation: Generation, at now: ContinuousClock.Instant
  ) throws(Refusal) -> Answer {
    let method = step == .data ? "GET" : "POST"
    guard request.method == method else { throw .http(405, "\(request.method) where \(method) is wanted") }
    guard request.headers["user-agent"] == generation.userAgent else {
      throw .http(403, "User-Agent is not \(generation.userAgent)")
    }
    switch step {
    case .nonce: return try generateNonce(request, generation, at: now)
    case .history: return try history(request)
    case .inform: return try inform(request, generation, at: now)
    case .initialise: return try initialise(request, generation, at: now)
    case .data: return try download(request, generation, at: now)
    }
  }

  /// The generation that a request speaks: smart endpoints speak smart, kies endpoints what the header
  /// `X-FUS-Protocol-Ver` says, or the setting where it is not there.
  private func generation(of request: Request, smart: Bool) throws(Refusal) -> Generation {
    guard !smart else { return .smart }
    switch request.headers["x-fus-protocol-ver"] {
    case nil: return settings.kies
    case Generation.kies3.protocolHeader: return .kies3
    default: throw .http(405, "X-FUS-Protocol-Ver is not 2.0")
    }
  }

  private mutating func refused(_ refusal: Refusal, _ request: Request, look: ReplyMessage.Look) -> Answer {
    if refusals.count >= Self.refusalLimit { refusals.removeFirst(Self.refusalLimit / 2) }
    refusals.append(refusal.line(request))
    return refusal.answer(look: look)
  }

  private mutating func finished(_ answer: Answer) -> Answer {
    var answer = answer
    answer.delivery.latency = settings.latency
    answer.delivery.rate = answer.delivery.rate ?? settings.rate
    counters.count(status: answer.status)
    return answer
  }
}
