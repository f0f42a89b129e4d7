import Glibc
import Primitives

/// All requests without an answer, each with its deadline.
///
/// A deadline is one timeout after the request came or after the last progress on it, whichever is later, and all have
/// the same timeout. So the order in which they came or moved on is the order of deadlines, exactly, since the clock
/// is read with the lock held: adding, renewing and removing take constant time, and none is answered later than its
/// deadline but for the thread's own delay.
///
/// One thread waits for the first deadline. It is woken only when it had nothing to wait for, so a load of quick
/// answers, or of requests that come along, costs few wake-ups per timeout, not one per request or renewal.
final class RequestRegistry: Sendable {
  struct Waiting {
    let deadline: Instant
    let request: PendingRequest
  }

  private enum Watch: Equatable {
    /// The thread looks at the list, or sleeps no longer than until the oldest deadline.
    case sure
    /// The thread sleeps until it is woken.
    case asleep
  }

  private struct State {
    var waiting = ArrivalList<Waiting>()
    /// Those whose answer is not sent yet, also while it is being sent.
    var unanswered = 0
    var watch = Watch.sure
    var isClosed = false
  }

  private let state = Locked(State())
  private let timeout: Duration
  private let alarm: Alarm
  private let drained = Semaphore()
  private let whenExpired: @Sendable (PendingRequest) -> Void

  /// Starts the thread, which must not be found lacking when a request has come. It ends with `close`.
  ///
  /// - Parameter whenExpired: called on the registry's thread after ETIMEDOUT was sent; while it runs no deadline is met.
  init(
    timeout: Duration, whenExpired: @escaping @Sendable (PendingRequest) -> Void
  ) throws(Failure) {
    self.timeout = timeout
    self.whenExpired = whenExpired
    alarm = try Alarm()
    try newThread(name: "fuse-deadline") { self.watch() }
  }

  func add(_ request: PendingRequest) {
    let watch = state.withLock { state in
      state.unanswered += 1
      append(request, to: &state)
      defer { state.watch = .sure }
      return state.watch
    }
    if watch == .asleep { alarm.ring() }
  }

  /// Puts off the deadline of a request that still waits: it is the last of all again.
  func renew(_ request: PendingRequest) {
    state.withLock { state in
      guard let place = request.place else { return }
      state.waiting.remove(at: place)
      append(request, to: &state)
    }
  }

  private func append(_ request: PendingRequest, to state: inout State) {
    request.place = state.waiting.append(Waiting(deadline: Instant.now + timeout, request: request))
  }

  /// To be called when the answer is sent.
  func remove(_ request: PendingRequest) {
    let isLast = state.withLock { state in
      if let place = request.place { state.waiting.remove(at: place) }
      request.place = nil
      state.unanswered -= 1
      return state.isClosed && state.unanswered == 0
    }
    if isLast { drained.signal() }
  }

  /// Requests without an answer.
  var unanswered: Int { state.withLock { $0.unanswered } }

  /// Answers all that wait with EINTR and returns when no request needs libfuse any more; called once, when no new
  /// ones come.
  func close() {
    let (requests, isEmpty) = state.withLock { state in
      state.isClosed = true
      return (Self.takeAll(&state) { _ in true }, state.unanswered == 0)
    }
    alarm.ring()
    for request in requests { request.abandon(EINTR) }
    if !isEmpty { drained.wait() }
  }

  private func watch() {
    while true {
      let now = Instant.now
      let (expired, next, isClosed) = state.withLock { state in
        let expired = Self.takeAll(&state) { $0.deadline <= now }
        let next = state.waiting.first?.deadline
        state.watch = next == nil ? .asleep : .sure
        return (expired, next, state.isClosed)
      }
      if isClosed { return }
      // All of them have their answer before one is told of.
      let answered = expired.filter { $0.abandon(ETIMEDOUT) }
      for request in answered { whenExpired(request) }
      alarm.wait(until: next)
    }
  }

  /// Takes the oldest requests off the list while the condition holds.
  private static func takeAll(
    _ state: inout State, while condition: (Waiting) -> Bool
  ) -> [PendingRequest] {
    var requests: [PendingRequest] = []
    while let oldest = state.waiting.first, condition(oldest) {
      state.waiting.removeFirst()
      oldest.request.place = nil
      requests.append(oldest.request)
    }
    return requests
  }
}
