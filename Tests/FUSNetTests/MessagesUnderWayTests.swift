import Testing

@testable import FUSNet

@Suite struct MessagesUnderWayTests {
  private let start = SuspendingClock.now

  private func request(_ url: String) -> HTTPRequest {
    HTTPRequest(method: .get, url: url, host: "h:1", fields: [], lane: .control)
  }

  @Test func theOldestIsToldFirst() {
    var messages = MessagesUnderWay()
    let first = messages.began(request("http://h:1/firmware/SER/SM-A207F/version.xml"), at: start)
    let second = messages.began(request("http://h:1/b.do?secret"), at: start + .seconds(2))
    messages.sentAgain(first)
    #expect(
      messages.list(at: start + .seconds(5)) == [
        MessageUnderWay(name: "version.xml", host: "h:1", seconds: 5, retries: 1),
        MessageUnderWay(name: "b.do", host: "h:1", seconds: 3, retries: 0),
      ])
    messages.ended(first)
    messages.sentAgain(first)
    #expect(
      messages.list(at: start + .seconds(1)) == [
        MessageUnderWay(name: "b.do", host: "h:1", seconds: 0, retries: 0)
      ])
    messages.ended(second)
    #expect(messages.list(at: start + .seconds(6)).isEmpty)
  }

  @Test func anAddressOfNoPartsHasNoName() {
    var messages = MessagesUnderWay()
    _ = messages.began(request(""), at: start)
    #expect(messages.list(at: start).map(\.name) == [""])
  }
}
