import Testing

@testable import FUSNet

struct HTTPHeadReaderTests {
  private var reader = HTTPHeadReader()

  /// What each line meant, but for those that only go on; up to the first after which no more is taken.
  private mutating func events(_ lines: [String]) -> [HTTPHeadReader.Event] {
    var events: [HTTPHeadReader.Event] = []
    for line in lines {
      let event = reader.take(line: Array(line.utf8))
      if event != .goesOn { events.append(event) }
      if [.malformed, .tooLong].contains(event) { break }
    }
    return events
  }

  @Test mutating func interimHeadsAreLeftOut() {
    #expect(events(["HTTP/1.1 102 Processing", "A: b", "", "HTTP/1.1 103 Early Hints", ""]) == [])
    #expect(
      events(["HTTP/1.1 206 Partial Content", "C: d", ""]) == [
        .finalBegins, .ended(HTTPResponseHead(status: 206, fields: [HTTPField("C", "d")])),
      ])
  }

  @Test(arguments: [[""], ["A: b"], ["HTTP/1.1 102 Processing", "", "A: b"]])
  mutating func aHeadBeginsWithItsStatus(_ lines: [String]) {
    #expect(events(lines) == [.malformed])
  }

  /// What looks like a status in the middle of a head is none: else each would count as progress.
  @Test mutating func aHeadHasOneStatus() {
    #expect(
      events(["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 200 OK", ""]) == [
        .finalBegins, .ended(HTTPResponseHead(status: 200)),
      ])
  }

  @Test mutating func aHeadHasABound() {
    let line = "A: " + String(repeating: "b", count: 1021)
    #expect(events(["HTTP/1.1 200 OK"] + Array(repeating: line, count: 63)) == [.finalBegins])
    #expect(events([line]) == [.tooLong])
  }

  @Test mutating func interimHeadsHaveOneBoundTogether() {
    // 16 bytes each.
    let heads = Array(repeating: ["HTTP/1.1 102 abc", ""], count: 4096).flatMap(\.self)
    #expect(events(heads) == [])
    #expect(events(["HTTP/1.1 200 OK"]) == [.tooLong])
  }
}
