import FuseBridge
import Primitives

/// One thing that is being fetched, on a thread of its own, while another thread tells how far it is.
final class FetchRun: Sendable {
  /// What came of it.
  struct Outcome: Sendable {
    /// As it was found and as it was left; nil where it could not be found out.
    var before: FetchState?
    var after: FetchState?
    var failure: Failure?
  }

  private struct State {
    var source: (any FetchSource)?
    var before: FetchState?
    var outcome: Outcome?
  }

  private let state = Locked(State())

  /// - Parameter whenEnded: called once.
  init(
    _ open: @escaping @Sendable () throws(Failure) -> any FetchSource,
    whenEnded: @escaping @Sendable () -> Void
  ) {
    startThread(name: "fusfs-fetch") {
      self.run(open)
      whenEnded()
    }
  }

  private func run(_ open: () throws(Failure) -> any FetchSource) {
    var outcome = Outcome()
    do throws(Failure) {
      let source = try open()
      let before = try source.state()
      state.withLock { ($0.source, $0.before) = (source, before) }
      outcome.before = before
      do throws(Failure) { try source.fetch() } catch { outcome.failure = error }
      outcome.after = try source.state()
    } catch {
      outcome.failure = outcome.failure ?? error
    }
    state.withLock { $0.outcome = outcome }
  }

  /// Nil while it goes on.
  var outcome: Outcome? { state.withLock { $0.outcome } }

  /// As it was found, once it is being fetched.
  var before: FetchState? { state.withLock { $0.before } }

  /// How far it is now, if that can be told.
  var current: FetchState? {
    guard let source = state.withLock({ $0.source }) else { return nil }
    return try? source.state()
  }
}
