package import Primitives

/// One session with the firmware servers: one nonce, one set of cookies, one set of connections, shared by all who
/// ask. Nothing is sent before the first request, and no thread started before it or `prepare()`.
package final class FUSSession: Sendable {
  package struct Configuration: Sendable {
    package var profile: Profile
    /// Takes POSTs.
    package var controlURL: ServerURL
    /// Gives bytes.
    package var bulkURL: ServerURL
    /// Gives version.xml.
    package var versionListURL: ServerURL
    /// A proxy's URL; nil leaves it to the usual environment variables.
    package var proxy: String?
    /// A PEM file of certificate authorities that are trusted besides the system's.
    package var authorities: String?
    package var deviceIdentity: DeviceIdentity?
    /// Which of a release's packages is asked for.
    package var nature: BinaryNature
    /// Seconds until a connection must stand.
    package var connectTimeout: Double
    /// Seconds without a byte after which a transfer has failed.
    package var stallTimeout: Double
    /// How many downloads are under way at once; further ones wait for their turn.
    package var maxConnections: Int
    /// Seconds within which a message is sent again after passing faults.
    package var retryTime: Double
    /// Seconds that the reply to a message has at least: see `replyTimeout`.
    package var leastReplyTimeout: Double

    /// Seconds after which a message has failed, however steadily its reply comes: it is shared, and would keep all who
    /// want the same waiting. More than what is waited for with a better reason.
    var replyTimeout: Double { max(leastReplyTimeout, connectTimeout + stallTimeout + retryTime) }

    package init(
      profile: Profile = .smart, controlURL: ServerURL = .control, bulkURL: ServerURL = .bulk,
      versionListURL: ServerURL = .versionList, proxy: String? = nil, authorities: String? = nil,
      deviceIdentity: DeviceIdentity? = nil, nature: BinaryNature = .factory, connectTimeout: Double = 10,
      stallTimeout: Double = 20,
      maxConnections: Int = 8, retryTime: Double = 20, leastReplyTimeout: Double = 10
    ) {
      self.profile = profile
      self.controlURL = controlURL
      self.bulkURL = bulkURL
      self.versionListURL = versionListURL
      self.proxy = proxy
      self.authorities = authorities
      self.deviceIdentity = deviceIdentity
      self.nature = nature
      self.connectTimeout = connectTimeout
      self.stallTimeout = stallTimeout
      self.maxConnections = maxConnections
      self.retryTime = retryTime
      self.leastReplyTimeout = leastReplyTimeout
    }
  }

  /// Work that all who need it share.
  enum SharedWork: Hashable, Sendable {
    case generateNonce
    case initialize(RemoteBinary)
  }

  private enum Network {
    case untouched
    case running(TransferLoop)
    case closed
  }

  let configuration: Configuration
  let log: Log
  let state: Locked<SessionState>
  let sharedWork: SingleFlight<SharedWork, Void, ExchangeFault>
  let messages = Locked(MessagesUnderWay())
  private let network = Locked(Network.untouched)

  /// - Parameter executor: runs what callers share; nil for the cooperative pool.
  package init(configuration: Configuration, executor: (any TaskExecutor)? = nil, log: Log) {
    self.configuration = configuration
    sharedWork = SingleFlight(executor: executor, cancelled: .cancelled)
    self.log = log
    state = Locked(SessionState(cookies: CookieJar(echo: configuration.profile.cookieEcho)))
  }

  /// Ends all requests as cancelled, and the transfer thread. Requests made later are cancelled too.
  ///
  /// The thread is waited for: a process that exits takes OpenSSL down, with which the thread may still be closing its
  /// connections. Not for longer than the limit, so that nothing that it is stuck in keeps a process from its end; and not
  /// by a session that is merely let go, as its last reference may be the thread's. Not to be called by a receiver.
  ///
  /// - Returns: whether the thread has ended, or there was none.
  @discardableResult
  package func close(within limit: Duration = .seconds(2)) -> Bool {
    let loop = network.withLock { network -> TransferLoop? in
      defer { network = .closed }
      guard case .running(let loop) = network else { return nil }
      return loop
    }
    return loop?.close(within: limit) ?? true
  }

  /// Makes what transfers need, ahead of the first: libcurl takes its time, and later there may be no more threads. What
  /// fails here fails again, and is told, when it is wanted.
  package func prepare() { _ = try? transferLoop() }

  /// What is asked just now, downloads left out; the oldest first.
  package var messagesUnderWay: [MessageUnderWay] { messages.withLock { $0.list(at: .now) } }

  /// The transfer loop, made when it is first wanted.
  func transferLoop() throws(ExchangeFault) -> TransferLoop {
    try network.withLock { network throws(ExchangeFault) in
      switch network {
      case .running(let loop): return loop
      case .closed: throw .cancelled
      case .untouched:
        do throws(Failure) {
          let loop = try TransferLoop(
            TransferLoop.Configuration(
              proxy: configuration.proxy, authorities: configuration.authorities,
              connectTimeout: configuration.connectTimeout, stallTimeout: configuration.stallTimeout,
              replyTimeout: configuration.replyTimeout, maxConnections: max(1, configuration.maxConnections)))
          network = .running(loop)
          return loop
        } catch {
          throw .refused(error)
        }
      }
    }
  }
}
