/// The steps that are POSTs, and the version list.
extension Service {
  func message(_ request: Request, versions: Set<String>) throws(Refusal) -> RequestMessage {
    guard !request.bodyIsTooLong else { throw .http(405, "the message has more than 64 KiB") }
    let message: RequestMessage
    do throws(EmulatorFailure) {
      message = try RequestMessage(xml: request.body)
    } catch {
      throw .http(405, error.description)
    }
    guard let version = message.header["ProtoVer"], versions.contains(version) else {
      throw .http(405, "ProtoVer is not \(versions.sorted().joined(separator: " or "))")
    }
    return message
  }

  mutating func generateNonce(
    _ request: Request, _ generation: Generation, at now: ContinuousClock.Instant
  ) throws(Refusal) -> Answer {
    guard try authorization(request, generation).isPlain else {
      throw .http(405, "nc, type and realm are only for SmartHistory")
    }
    guard request.body.isEmpty else { throw .http(405, "GenerateNonce has no body") }
    let fault = takeFault(at: [.nonce])
    let known = request.cookies["JSESSIONID"].flatMap { sessions[$0] }
    let isKnown = known.map { $0.generation == generation && $0.accepts(cookies: request.cookies) } ?? false
    var session = isKnown ? known ?? Session(generation, at: now) : Session(generation, at: now)
    let nonce = session.renew(at: now)
    secrets.note(nonce)
    let reply = ReplyMessage(
      look: generation.isKies ? .kies : .smart, messageID: 1, status: generation.goodStatus)
    var answer = Answer.message(reply).with(Answer.Header("NONCE", nonce.sealed))
    if isKnown {
      sessions[session.cookies[0].value] = session
    } else {
      _ = sessions.insert(session)
      secrets.note(session.cookies)
      for cookie in session.cookies {
        answer = answer.with(Answer.Header("Set-Cookie", "\(cookie.name)=\(cookie.value); Path=/; HttpOnly"))
      }
    }
    return answer.struck(by: fault)
  }

  mutating func history(_ request: Request) throws(Refusal) -> Answer {
    let header = try authorization(request, .smart)
    guard header.nonceCount == HistorySignature.count, header.type == "auth", header.realm == "interface"
    else {
      throw .http(405, "nc, type and realm are not 00000001, auth and interface")
    }
    guard header.nonce.utf8.count == 16,
      header.nonce.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber) })
    else {
      throw .http(405, "the client's nonce is not 16 characters of a-z and 0-9")
    }
    let reader = FieldReader(try message(request, versions: ["1"]))
    try reader.commandIsOne()
    try reader.expect("ACCESS_MODE", ["1"])
    let region = try reader.value("BINARY_LOCAL_CODE")
    let model = try reader.value("BINARY_MODEL_NAME")
    guard header.signature == HistorySignature.text(nonce: header.nonce, model: model) else {
      throw .http(401, "the signature is not that of this nonce and model")
    }
    secrets.note(header)
    let fault = takeFault(at: [.history])
    return .message(HistoryReply.message(catalogue.history(model: model, region: region))).struck(by: fault)
  }

  mutating func inform(
    _ request: Request, _ generation: Generation, at now: ContinuousClock.Instant
  ) throws(Refusal) -> Answer {
    let identity = try identifyPost(request, generation, at: now)
    let smart = !generation.isKies
    let message = try message(request, versions: smart ? ["1", "1.0"] : ["1.0"])
    let reader = FieldReader(message)
    let nature = try reader.value("BINARY_NATURE", ["0", "1"]) == "1" ? 1 : 0
    let version = try reader.value(smart ? "BINARY_SW_VERSION" : "DEVICE_FW_VERSION")
    let region = try reader.value(smart ? "BINARY_LOCAL_CODE" : "DEVICE_LOCAL_CODE")
    let model = try reader.value(smart ? "BINARY_MODEL_NAME" : "DEVICE_MODEL_NAME")
    if smart {
      try reader.commandIsOne()
      try reader.expect("ACCESS_MODE", ["1"])
      try reader.expect("REQUEST_TYPE", ["2"])
      guard message.wanted == ["CmdID", "BINARY_SW_VERSION"] else {
        throw .http(405, "Get does not ask for BINARY_SW_VERSION")
      }
    } else {
      try reader.expect("ACCESS_MODE", ["2"])
      _ = try reader.value("CLIENT_PRODUCT")
    }
    try reader.country(of: region, smart: smart)
    try reader.logicCheck(version, identity.nonce.plain)
    try reader.device(generation)
    let release = catalogue.release(model: model, region: region, version: version)
    guard let release, release.serves(nature: nature) else {
      throw Refusal(.body(generation.unknownStatus), "there is no \(version) for \(model) in \(region)")
    }
    let fault = takeFault(at: [.inform])
    let facts = bent(InformFacts(release, nature: nature), by: fault)
    let status = generation.goodStatus
    let reply =
      smart ? SmartInformReply.message(facts, status: status) : KiesInformReply.message(facts, status: status)
    return rotated(.message(reply), identity.key, after: .inform).struck(by: fault)
  }

  mutating func initialise(
    _ request: Request, _ generation: Generation, at now: ContinuousClock.Instant
  ) throws(Refusal) -> Answer {
    let identity = try identifyPost(request, generation, at: now)
    let smart = !generation.isKies
    let reader = FieldReader(try message(request, versions: smart ? ["1", "1.0"] : ["1.0"]))
    let name = try reader.value(smart ? "BINARY_NAME" : "BINARY_FILE_NAME")
    try reader.logicCheck(LogicCheck.input(fileName: name), identity.nonce.plain)
    var releases = catalogue.releases(binaryName: name)
    if smart {
      let version = try reader.value("BINARY_SW_VERSION")
      let region = try reader.value("DEVICE_LOCAL_CODE")
      let type = try reader.value("DEVICE_MODEL_TYPE")
      releases = releases.filter { $0.version == version && $0.region == region && $0.modelType == type }
    }
    guard !releases.isEmpty else {
      throw Refusal(
        .body(generation.unknownStatus), "no release has this file, version, region and model type")
    }
    let fault = takeFault(at: [.initialise])
    for release in releases { sessions[identity.key]?.initialise(release.path) }
    let reply = ReplyMessage(
      look: smart ? .smart : .kies, messageID: 1, status: generation.goodStatus)
    return rotated(.message(reply), identity.key, after: .initialise).struck(by: fault)
  }

  mutating func versionList(_ request: Request, region: String, model: String) throws(Refusal) -> Answer {
    guard request.method == "GET" else { throw .http(405, "\(request.method) where GET is wanted") }
    let agent = request.headers["user-agent"] ?? ""
    guard ["Kies", "SMART", "curl/"].contains(where: agent.hasPrefix) else {
      throw Refusal(.denied, "this User-Agent is not let in")
    }
    let history = catalogue.history(model: model, region: region)
    guard !history.isEmpty else { throw Refusal(.denied, "there is nothing for \(model) in \(region)") }
    let fault = takeFault(at: [.history])
    return Answer(type: "application/xml", body: VersionList.xml(history)).struck(by: fault)
  }

  /// What an inform reply says when a fault has bent it.
  private func bent(_ facts: InformFacts, by fault: Fault.Kind?) -> InformFacts {
    var facts = facts
    switch fault {
    case .otherVersion(let version):
      let others = catalogue.history(model: facts.model, region: facts.region)
      let other = others.first {
        version.map([$0.version, $0.pda].contains) ?? ($0.version != facts.version)
      }
      if let other { return InformFacts(other, nature: facts.nature) }
      facts.version = version ?? String(facts.version.dropLast()) + (facts.version.hasSuffix("Z") ? "Y" : "Z")
    case .badSize(let size): facts.byteSize = size
    case .badName(.slash): facts.binaryName = "folder/" + facts.binaryName
    case .badName(.dots): facts.binaryName = "../../" + facts.binaryName
    case .badName(.nul): facts.binaryName = "\(facts.binaryName.prefix(8))\0\(facts.binaryName.dropFirst(8))"
    case .badName(.member): facts.members["DEVICE_PDA_CODE1_FILE"] = "../../../etc/passwd"
    default: break
    }
    return facts
  }
}
