package import Primitives

extension FUSSession {
  /// The releases of a model in a region. Throws `.notFound` if the server knows none.
  package func history(
    of model: DeviceModel, in region: RegionCode
  ) async throws(Failure) -> ServerReply<ReleaseHistory> {
    let request =
      switch configuration.profile.historySource {
      case .smartHistory: try smartHistory(model, region)
      case .versionList: versionList(model, region)
      }
    let generation = state.withLock(\.currentGeneration)
    let source = configuration.profile.historySource
    let reply: (head: HTTPResponseHead, body: [UInt8])
    do throws(ExchangeFault) { reply = try await exchange(request) { ($0, $1) } } catch {
      throw error.failure
    }
    if source == .smartHistory { observe(reply.head, generation: generation) }
    let history = try ReleaseHistory(reply: reply.body, source: source)
    guard !history.releases.isEmpty else {
      throw Failure(.notFound, "No firmware is known for \(model) and \(region).", cure: "Try another CSC.")
    }
    log.write(.debug, "\(model) \(region): \(history.releases.count) releases.")
    return ServerReply(message: history, raw: reply.body)
  }

  /// What the server says about one release's package.
  package func inform(
    of model: DeviceModel, in region: RegionCode, version: FirmwareVersion
  ) async throws(Failure) -> ServerReply<BinaryInform> {
    let profile = configuration.profile
    let reply: (message: FUSReply, bytes: [UInt8])
    do throws(ExchangeFault) {
      reply = try await authorized(for: .inform) { credential async throws(ExchangeFault) in
        let body: [UInt8]
        do throws(Failure) {
          body = try profile.informRequest(
            model: model, region: region, version: version, nature: configuration.nature,
            identity: configuration.deviceIdentity, nonce: credential.nonce)
        } catch {
          throw .refused(error)
        }
        return try await message(profile.endpoints.inform, credential: credential, body: body)
      }
    } catch {
      throw error.failure
    }
    let inform = try BinaryInform(reply.message, nature: configuration.nature)
    log.write(.debug, "\(model) \(region) \(inform.version): \(inform.byteSize) bytes.")
    if inform.version != version {
      log.write(
        .warning, "\(model) \(region): asked for \(version), the server answers for \(inform.version).")
    }
    let raw = reply.message.bytesWithoutDevice(reply.bytes, identity: configuration.deviceIdentity)
    return ServerReply(message: inform, raw: raw)
  }

  private func smartHistory(_ model: DeviceModel, _ region: RegionCode) throws(Failure) -> HTTPRequest {
    let profile = configuration.profile
    let authorization = try Authorization.history(model: model, clientNonce: Cryptography.randomToken(16))
    return post(
      profile.endpoints.history, authorization: authorization,
      body: profile.historyRequest(model: model, region: region))
  }

  /// Goes to another host than all else, without authorisation or cookies.
  private func versionList(_ model: DeviceModel, _ region: RegionCode) -> HTTPRequest {
    let server = configuration.versionListURL
    let profile = configuration.profile
    return HTTPRequest(
      method: .get, url: "\(server)firmware/\(region)/\(model)/\(profile.endpoints.history)",
      host: server.host,
      fields: [HTTPField("User-Agent", profile.userAgent)], lane: .control)
  }
}
