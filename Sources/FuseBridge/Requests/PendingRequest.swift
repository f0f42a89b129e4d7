import CFuse
import Glibc
import Primitives

/// A request on its way: whoever comes first answers it, its task, an interrupt, or the deadline.
///
/// ```
///              ┌─ the task has a result ──▸ answer ─▸ answered
///  registering ▸ serving
///              └─ interrupt, deadline ────▸ abandon ▸ abandoned: the task is cancelled, EINTR or ETIMEDOUT
///                                                     is sent at once, and its result is dropped
/// ```
/// libfuse calls the interrupt function while it holds the request's own lock, even inside the call that sets it. So
/// no lock is held here while libfuse is called; an interrupt that comes inside that call is only noted; and
/// everybody else who answers unsets the function first, which waits for one that is running: afterwards libfuse has
/// no pointer to this object any more.
final class PendingRequest: Sendable {
  let operation: Operation
  let inode: UInt64

  private enum Phase {
    case registering, interruptedWhileRegistering, serving, abandoned, answered
  }

  private struct State: ~Copyable {
    var right: ReplyRight?
    var phase = Phase.registering
    var task: Task<Void, Never>?
  }

  private let state: Locked<State>
  private let registry: RequestRegistry
  /// Where the registry keeps it; guarded by the registry's lock.
  nonisolated(unsafe) var place: ArrivalList<RequestRegistry.Waiting>.Place?

  /// Makes the request known to the deadline and to libfuse's interrupts; nil if it was interrupted before that, and
  /// is answered.
  static func begin(_ right: consuming ReplyRight, in registry: RequestRegistry) -> PendingRequest? {
    let request = right.withRequest { $0 }
    let pending = PendingRequest(right, in: registry)
    fuse_req_interrupt_func(request, whenInterrupted, Unmanaged.passUnretained(pending).toOpaque())
    // Only now: from here on the deadline may answer, which frees the request.
    registry.add(pending)
    let isInterrupted = pending.state.withLock { state in
      if state.phase == .registering {
        state.phase = .serving
        return false
      }
      return true
    }
    guard isInterrupted else { return pending }
    pending.abandon(EINTR)
    return nil
  }

  private init(_ right: consuming ReplyRight, in registry: RequestRegistry) {
    operation = right.operation
    inode = right.inode
    self.registry = registry
    state = Locked(State(right: right))
  }

  /// The task that works on it: to be cancelled when the request is given up.
  func attach(_ task: Task<Void, Never>) {
    let phase = state.withLock { state in
      if state.phase == .serving { state.task = task }
      return state.phase
    }
    if phase == .abandoned { task.cancel() }
  }

  /// Calls the body, which answers, unless the request is answered already.
  ///
  /// Neither a deadline nor an interrupt can answer any more while the body runs, so it must do nothing that may block.
  ///
  /// - Returns: whether it was this call that answered.
  @discardableResult
  func answer(_ body: (consuming ReplyRight) -> Void) -> Bool {
    guard let right = take(.answered) else { return false }
    Self.unsetInterrupt(right)
    body(right)
    registry.remove(self)
    return true
  }

  /// To be called when the task has ended: a request that it forgot is answered with EIO.
  func dropIfUnanswered() {
    answer { right in _ = consume right }
  }

  /// Answers with an errno, unless the request is answered already, and cancels its task.
  ///
  /// - Returns: whether it was this call that answered.
  @discardableResult
  func abandon(_ number: Int32) -> Bool {
    guard let right = take(.abandoned) else { return false }
    Self.unsetInterrupt(right)
    giveUp(right, number)
    return true
  }

  /// The same from within libfuse's interrupt function, which must not be unset there.
  private func interrupt() {
    let isRegistering = state.withLock { state in
      guard state.phase == .registering else { return false }
      state.phase = .interruptedWhileRegistering
      return true
    }
    guard !isRegistering, let right = take(.abandoned) else { return }
    giveUp(right, EINTR)
  }

  private func take(_ phase: Phase) -> ReplyRight? {
    state.withLock { state in
      guard let right = state.right.take() else { return nil }
      state.phase = phase
      return right
    }
  }

  /// The task hears of it first: the kernel asks again for each page of a read that failed, and what it waited for must
  /// by then be known as waited for in vain.
  private func giveUp(_ right: consuming ReplyRight, _ number: Int32) {
    state.withLock { $0.task.take() }?.cancel()
    Reply<DoneAnswer>(right).fail(number)
    registry.remove(self)
  }

  private static func unsetInterrupt(_ right: borrowing ReplyRight) {
    right.withRequest { fuse_req_interrupt_func($0, nil, nil) }
  }

  private static let whenInterrupted: fuse_interrupt_func_t = { _, pending in
    guard let pending else { return }
    Unmanaged<PendingRequest>.fromOpaque(pending).takeUnretainedValue().interrupt()
  }
}

extension PendingRequest: ProgressListener {
  /// Something came for it, so its deadline is a timeout from now again.
  func noteProgress() { registry.renew(self) }
}

/// A pending request that is answered with one kind of answer.
struct TypedRequest<Content: Answer>: Sendable {
  let pending: PendingRequest

  /// Calls the body, which answers, unless the request was given up.
  func answer(_ body: (consuming Reply<Content>) -> Void) {
    pending.answer { body(Reply($0)) }
  }

  func answer(_ content: Content) {
    answer { $0.send(content) }
  }
}
