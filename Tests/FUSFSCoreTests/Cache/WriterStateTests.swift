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
    // It has worked for too short a time.
    _ = state.noteSuccess(after: .seconds(60))
    #expect(!state.isKeepingAll)
    let isOver = state.noteSuccess(after: .zero)
    #expect(isOver)
    #expect(state.isKeepingAll)
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
