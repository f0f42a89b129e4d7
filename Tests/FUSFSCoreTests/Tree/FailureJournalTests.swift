import Primitives
import Testing

@testable import FUSFSCore

struct FailureJournalTests {
  @Test func keepsTheLastOfEachKindAndCountsThem() {
    var journal = FailureJournal()
    #expect(journal.entries.isEmpty)
    let first = Failure(
      .network, "The cable is out.", cure: "Put it in.", file: "FUSNet/Cable.swift", line: 7)
    let last = Failure(.network, "The mast is down.", file: "FUSNet/Mast.swift", line: 8)
    let other = Failure(.damaged, "It is torn.", cure: "Read it again.", file: "Core/Paper.swift", line: 9)
    journal.note(first, during: "read", at: 100)
    #expect(
      journal.entries == [
        .init(
          kind: "network", operation: "read", cause: "The cable is out.", cure: "Put it in.",
          site: "Cable:7", at: 100, count: 1)
      ])
    journal.note(other, during: "open", at: 200)
    journal.note(last, during: "lookup", at: 300)
    #expect(
      journal.entries == [
        .init(
          kind: "network", operation: "lookup", cause: "The mast is down.", cure: nil, site: "Mast:8",
          at: 300, count: 2),
        .init(
          kind: "damaged", operation: "open", cause: "It is torn.", cure: "Read it again.",
          site: "Paper:9", at: 200, count: 1),
      ])
  }

  @Test func thoseOfOneSecondHaveAnOrder() {
    var journal = FailureJournal()
    for code in Failure.Code.allCases.reversed() { journal.note(Failure(code, "x"), during: "read", at: 5) }
    let kinds = journal.entries.map(\.kind)
    #expect(kinds == Failure.Code.allCases.map { "\($0)" }.sorted())
  }

  @Test func otherWordsLeaveThePlace() {
    let failure = Failure(.local, "It is full.", file: "Core/Disk.swift", line: 3)
    #expect("\(failure.about("sda").cured(by: "Make room.").site)" == "Disk:3")
    // What merely reads alike is told apart.
    #expect(failure == Failure(.local, "It is full."))
    #expect("\(Failure(.local, "It is full.").site)" != "\(failure.site)")
  }
}
