import Primitives

extension FUSSession {
  /// Delivers exactly these bytes of the file as served, in order. `bytes` must lie within the file.
  ///
  /// Bytes delivered before a fault are good; what is missing can be asked for again.
  package func download(
    _ binary: RemoteBinary, bytes: Range<UInt64>, to receiver: any DownloadReceiver
  ) async throws(DownloadFault) {
    guard !bytes.isEmpty, bytes.upperBound <= binary.size else {
      throw .refused(Failure(.invalid, "Bytes beyond the file were to be asked for."))
    }
    do throws(ExchangeFault) {
      try await authorized(for: .download, file: binary) { credential async throws(ExchangeFault) in
        try await fetch(binary, bytes, credential, receiver)
      }
    } catch {
      throw error.downloadFault
    }
  }

  private func fetch(
    _ binary: RemoteBinary, _ bytes: Range<UInt64>, _ credential: SessionState.Credential,
    _ receiver: any DownloadReceiver
  ) async throws(ExchangeFault) {
    let request = rangeRequest(binary, bytes, credential)
    let ranged = RangeReceiver(
      range: bytes, total: binary.size, host: request.host, receiver: receiver,
      headArrived: { head in
        // The nonce of a rejection belongs to an authorisation that has ended.
        if head.status != 401 { self.observe(head, generation: credential.generation) }
        // It may lapse before the last of the bytes comes.
        if head.status == 206 { self.state.withLock { $0.served(.download, with: credential) } }
      })
    let loop = try transferLoop()
    var fault: TransferFault?
    do throws(TransferFault) { _ = try await loop.perform(request, to: ranged) } catch { fault = error }
    log.write(.debug, "\(request.host): asked for \(bytes.count) bytes from \(bytes.lowerBound) on.")
    switch (ranged.ending, fault) {
    case (.complete, _): break
    case (.other(let head, let body), _): throw Self.meaning(of: head, body, host: request.host)
    // The range receiver has ended the transfer itself, or let it end.
    case (.faulty(let failure), .stopped), (.faulty(let failure), nil): throw .transient(failure)
    case (_, let fault?): throw ExchangeFault(fault)
    case (.stopped, nil): throw .cancelled
    }
  }

  private func rangeRequest(
    _ binary: RemoteBinary, _ bytes: Range<UInt64>, _ credential: SessionState.Credential
  ) -> HTTPRequest {
    let profile = configuration.profile
    let server = configuration.bulkURL
    let authorization = Authorization.signed(credential.nonce, newAuthorization: profile.newAuthorization)
    var fields = profile.headers + [HTTPField("Authorization", authorization)]
    fields.append(HTTPField("Range", "bytes=\(bytes.lowerBound)-\(bytes.upperBound - 1)"))
    if let cookies = state.withLock(\.cookies.header) { fields.append(HTTPField("Cookie", cookies)) }
    return HTTPRequest(
      method: .get, url: "\(server)\(profile.endpoints.download)?\(binary.query)", host: server.host,
      fields: fields, lane: .bulk)
  }

  /// What a reply means that is not 206: by its status, or when that is 200, by the one in its body.
  private static func meaning(of head: HTTPResponseHead, _ body: [UInt8], host: String) -> ExchangeFault {
    if let fault = ExchangeFault(ServerStatus(http: head.status), head: head) { return fault }
    let whole = ExchangeFault.transient(
      Failure(.network, "\(host) sent the whole file or a page instead of the bytes that were asked for."))
    guard let reply = try? FUSReply(parsing: body) else { return whole }
    return ExchangeFault(ServerStatus(body: reply.status), head: head) ?? whole
  }
}
