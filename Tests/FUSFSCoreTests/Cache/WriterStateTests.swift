import Primitives
import Testing

@testable import FUSFSCore

@Suite struct WriterStateTests {
  @Test func aDiskThatDoesNotKeepUpIsNotReliedOn() {
    var state = WriterState(status: .on)
    #expect(state.isKeepingAll)
    _ = state.noteTrouble(.slow)
    #expect(state.isKeeping)
    #expect(!state.isKeepingAll)
    // That it works is said before it is relied on: with more to do it may be too slow again.
    let isSaid = state.noteSuccess(after: .zero)
    #expect(isSaid)
    #expect(!state.isKeepingAll)
    #expect(WriterState(status: .on, lastSlowness: .now - .seconds(601)).isKeepingAll)
  }

  @Test func onlyWhatIsNewOrWorseIsSaid() {
    var state = WriterState(status: .on)
    let said = [.slow, .slow, .failing, .slow, .failing].map { state.noteTrouble($0) }
    #expect(said == [true, false, true, false, false])
  }

  @Test func nothingIsKeptWhileNothingIsWritten() {
    #expect(!WriterState(status: .off).isKeeping)
    #expect(!WriterState(status: .suspended(until: .now)).isKeeping)
    var full = WriterState(status: .on)
    full.saidNoRoom = true
    #expect(!full.isKeeping)
  }
}
