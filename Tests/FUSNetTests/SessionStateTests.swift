import Primitives
import Testing

@testable import FUSNet

struct SessionStateTests {
  private func nonce(_ text: String) throws -> Nonce { try Nonce(header: text, scheme: Profile.smart.scheme) }

  private func opened() throws -> SessionState {
    var state = SessionState(cookies: CookieJar(echo: .all))
    state.generated(try nonce("first"))
    return state
  }

  private func credential(_ state: SessionState, for file: RemoteBinary? = nil) throws
    -> SessionState.Credential
  {
    guard case .proceed(let credential) = state.nextStep(for: file) else {
      throw Failure(.invalid, "The session is not ready.")
    }
    return credential
  }

  @Test func stepsComeInOrder() throws {
    var state = SessionState(cookies: CookieJar(echo: .all))
    let file = try Sample.binary()
    #expect(state.nextStep(for: file) == .generateNonce)
    state.generated(try nonce("first"))
    #expect(state.nextStep(for: file) == .initialize(file))
    #expect(try credential(state).nonce.text == "first")
    state.initialized(file, in: state.currentGeneration)
    #expect(try credential(state, for: file).nonce.text == "first")
    let other = try Sample.binary(name: "other.zip")
    #expect(state.nextStep(for: other) == .initialize(other))
  }

  @Test func theNewestNonceIsUsedAndItsFilesStayAuthorized() throws {
    var state = try opened()
    let file = try Sample.binary()
    state.initialized(file, in: 1)
    state.received(try nonce("second"), in: 1)
    let newest = try credential(state, for: file)
    #expect(newest.nonce == (try nonce("second")))
    #expect(newest.generation == 1 && newest.rotation == 1)
  }

  @Test func oneRejectionOfManyEndsTheGeneration() throws {
    var state = try opened()
    let file = try Sample.binary()
    state.initialized(file, in: 1)
    let old = try credential(state, for: file)
    state.served(.download, with: old)
    var several = Array(repeating: SessionState.Rejections(), count: 5)
    let first = state.rejected(old, for: .download, &several[0])
    #expect(first == .tryAgain)
    #expect(state.nextStep(for: file) == .generateNonce)
    state.generated(try nonce("second"))
    #expect(state.nextStep(for: file) == .initialize(file))
    state.initialized(file, in: 2)
    let others = (1..<5).map { state.rejected(old, for: .download, &several[$0]) }
    #expect(others == Array(repeating: .tryAgain, count: 4))
    #expect(try credential(state, for: file).generation == 2)
  }

  @Test func latecomersChangeNothing() throws {
    var state = try opened()
    let old = try credential(state)
    var rejections = SessionState.Rejections()
    _ = state.rejected(old, for: .inform, &rejections)
    state.received(try nonce("late"), in: 1)
    #expect(state.nextStep(for: nil) == .generateNonce)
    state.generated(try nonce("second"))
    state.received(try nonce("later"), in: 1)
    state.received(setCookies: ["LATE=1"], in: 1)
    state.initialized(try Sample.binary(), in: 1)
    #expect(try credential(state).nonce.text == "second")
    #expect(state.cookies.header == nil)
    let file = try Sample.binary()
    #expect(state.nextStep(for: file) == .initialize(file))
  }

  @Test func whatNeverServedIsRenewedOnce() throws {
    var state = try opened()
    var rejections = SessionState.Rejections()
    let first = state.rejected(try credential(state), for: .download, &rejections)
    #expect(first == .tryAgain)
    state.generated(try nonce("second"))
    // An inform that is served says nothing about downloads.
    state.served(.inform, with: try credential(state))
    let second = state.rejected(try credential(state), for: .download, &rejections)
    #expect(second == .giveUp)
  }

  /// Of many requests at once the first are served, and the others may hear of the lapse before the first's replies.
  @Test func whatTurnsOutToHaveServedIsNoReasonToGiveUp() throws {
    var state = try opened()
    var rejections = SessionState.Rejections()
    let first = try credential(state)
    #expect(state.rejected(first, for: .download, &rejections) == .tryAgain)
    state.generated(try nonce("second"))
    state.served(.download, with: first)
    #expect(state.rejected(try credential(state), for: .download, &rejections) == .tryAgain)
    state.generated(try nonce("third"))
    #expect(state.rejected(try credential(state), for: .download, &rejections) == .giveUp)
  }

  @Test func whatServedMayLapseOften() throws {
    var state = try opened()
    var rejections = SessionState.Rejections()
    var verdicts: [SessionState.Verdict] = []
    for index in 0..<9 {
      let current = try credential(state)
      state.served(.download, with: current)
      verdicts.append(state.rejected(current, for: .download, &rejections))
      state.generated(try nonce("n\(index)"))
    }
    #expect(verdicts == Array(repeating: .tryAgain, count: 8) + [.tryLater])
  }

  @Test func aReplacedNonceEarnsOneMoreTry() throws {
    var state = try opened()
    var rejections = SessionState.Rejections()
    let first = try credential(state)
    state.received(try nonce("second"), in: 1)
    #expect(state.isStale(first))
    let afterFirst = state.rejected(first, for: .download, &rejections)
    #expect(afterFirst == .tryAgain)
    let second = try credential(state)
    #expect(second.generation == 1)
    state.received(try nonce("third"), in: 1)
    let afterSecond = state.rejected(second, for: .download, &rejections)
    #expect(afterSecond == .tryAgain)
    #expect(state.nextStep(for: nil) == .generateNonce)
  }
}
