import Testing

@testable import FUSNet

@Suite struct MessagesUnderWayTests {
  private func request(_ url: String) -> HTTPRequest {
    HTTPRequest(method: .get, url: url, host: "h:1", fields: [], lane: .control)
  }

  @Test func theOldestIsToldFirst() {
    var messages = MessagesUnderWay()
    let first = messages.began(request("http://h:1/firmware/SER/SM-A207F/version.xml"), at: 10)
    let second = messages.began(request("http://h:1/b.do?secret"), at: 12)
    messages.sentAgain(first)
    #expect(
      messages.list(at: 15) == [
        MessageUnderWay(name: "version.xml", host: "h:1", seconds: 5, retries: 1),
        MessageUnderWay(name: "b.do", host: "h:1", seconds: 3, retries: 0),
      ])
    messages.ended(first)
    messages.sentAgain(first)
    #expect(messages.list(at: 11) == [MessageUnderWay(name: "b.do", host: "h:1", seconds: 0, retries: 0)])
    messages.ended(second)
    #expect(messages.list(at: 16).isEmpty)
  }

  @Test func anAddressOfNoPartsHasNoName() {
    var messages = MessagesUnderWay()
    _ = messages.began(request(""), at: 0)
    #expect(messages.list(at: 0).map(\.name) == [""])
  }
}
