import Testing

@testable import CommandLine

@Suite struct LogQueueTests {
  private func entries(of queue: inout LogQueue) -> [LogQueue.Entry] {
    var entries: [LogQueue.Entry] = []
    while let entry = queue.take() { entries.append(entry) }
    return entries
  }

  @Test func linesComeInTheirOrder() {
    var queue = LogQueue()
    #expect(["a", "b", "c"].map { queue.add($0) } == [true, true, true])
    #expect(entries(of: &queue) == [.line("a"), .line("b"), .line("c")])
    #expect(queue.isEmpty)
  }

  @Test func whatFindsNoRoomIsCountedWhereItIsMissing() {
    var queue = LogQueue(lines: 2, bytes: 100)
    #expect(["a", "b", "c", "d", "e"].map { queue.add($0) } == [true, true, true, false, false])
    #expect(queue.take() == .line("a"))
    // There is room, but a gap is one.
    #expect(queue.add("f") == false)
    #expect(queue.take() == .line("b"))
    #expect(queue.take() == .lost(4))
    #expect(queue.add("g") == true)
    #expect(entries(of: &queue) == [.line("g")])
  }

  @Test func bytesAreBounded() {
    var queue = LogQueue(lines: 100, bytes: 10)
    #expect(queue.add("12345") == true)
    #expect(queue.add("éé6") == true)
    #expect(queue.add("x") == true)
    #expect(entries(of: &queue) == [.line("12345"), .line("éé6"), .lost(1)])
    // What was taken takes no room.
    #expect(queue.add("1234567890") == true)
    #expect(entries(of: &queue) == [.line("1234567890")])
    #expect(queue.add("12345678901") == true)
    #expect(entries(of: &queue) == [.lost(1)])
  }
}
