import FuseBridge
import Primitives
import Testing

@testable import CommandLine

@Suite struct FetchReportTests {
  private func fetched(
    _ before: FetchState?, _ after: FetchState?, _ failure: Failure? = nil
  ) -> FetchReport.Fetched {
    FetchReport.Fetched(
      "SM-A207F/SER", FetchRun.Outcome(before: before, after: after, failure: failure), after: .seconds(2))
  }

  @Test func tellsWhatCame() {
    let whole = FetchState(size: 10 << 20, cached: 10 << 20)
    #expect(
      fetched(FetchState(size: 10 << 20, cached: 2 << 20), whole).words
        == "SM-A207F/SER: 10.0 MiB, all in the cache; 8.0 MiB fetched in 2.0 s, 4.0 MiB/s.\n")
    #expect(fetched(whole, whole).words == "SM-A207F/SER: 10.0 MiB, all in the cache already.\n")
    let nothing = FetchState(size: 0, cached: 0)
    #expect(fetched(nothing, nothing).words == "SM-A207F/SER: nothing is to be fetched.\n")
    #expect(fetched(whole, whole).problem == nil)
  }

  @Test func whatDidNotStayIsAProblem() throws {
    let some = fetched(FetchState(size: 10 << 20, cached: 0), FetchState(size: 10 << 20, cached: 1 << 20))
    #expect(
      some.problem == "Only 1.0 MiB of 10.0 MiB have stayed in the cache. Give it room with --cache-size.")
    let refused = fetched(nil, nil, Failure(.offline, "It is offline.", cure: "Be online."))
    #expect(refused.problem == "It is offline. Be online.")
    #expect(refused.fetched == nil)
    #expect(!FetchReport(places: [refused]).isComplete)
    #expect(
      try FetchReport(places: [some]).json() == """
        {
          "places" : [
            {
              "cached" : 1048576,
              "fetched" : 1048576,
              "place" : "SM-A207F/SER",
              "problem" : "Only 1.0 MiB of 10.0 MiB have stayed in the cache. Give it room with --cache-size.",
              "seconds" : 2,
              "size" : 10485760
            }
          ]
        }

        """)
  }

  @Test(arguments: [
    ("SM-A207F/SER", ["SM-A207F", "SER", "latest"]), ("SM-A207F/SER/", ["SM-A207F", "SER", "latest"]),
    ("SM-A207F/SER/A207FXXU2CUI2", ["SM-A207F", "SER", "A207FXXU2CUI2"]),
    ("SM-A207F/SER/latest/AP/boot.img", ["SM-A207F", "SER", "latest", "AP", "boot.img"]),
  ])
  func releasePaths(text: String, path: [String]) {
    #expect(ReleasePath(text)?.path == path)
  }

  @Test(arguments: [
    "", "/", "SM-A207F", "SM-A207F/", "/SM-A207F/SER", "SM-A207F//SER", "SM-A207F/SER//x", "sm-a207f/SER",
    "SM-A207F/SERX", "../SER",
  ])
  func noReleasePaths(text: String) {
    #expect(ReleasePath(text) == nil)
  }

  @Test func progressGoesByWhatCame() {
    let text = ProgressLine.text(
      "x", 3 << 30, of: 4 << 30, from: 2 << 30, after: .seconds(8), width: 80)
    #expect(text == "x  3.0 GiB of 4.0 GiB, 75 %, 128.0 MiB/s, 8 s left")
    // Less than there was: somebody evicts it meanwhile.
    #expect(
      ProgressLine.text("x", 1, of: 4, from: 2, after: .seconds(8), width: 80) == "x  1 B of 4 B, 25 %, 0 B/s"
    )
  }

  @Test(arguments: [1 << 63, UInt64.max]) func figuresBeyondAllMeasureAreTold(cached: UInt64) {
    let all = FetchState(size: cached, cached: cached)
    let fetched = FetchReport.Fetched(
      "x", FetchRun.Outcome(before: FetchState(size: cached, cached: 0), after: all, failure: nil),
      after: .zero)
    #expect(fetched.words.hasSuffix(" fetched in 0.0 s, 16777216.0 TiB/s.\n"))
    #expect(
      ProgressLine.text("x", cached, of: 1, after: .zero, width: 80).hasSuffix("1 B, 100 %, 16777216.0 TiB/s")
    )
    #expect(ProgressLine.text("x", 1, of: cached, after: .zero, width: 80).hasSuffix(", 0 %, 1000 B/s"))
  }

  @Test(arguments: [
    (0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (3725, "1 h 2 min"),
    (90_000, "1 d 1 h"), (-5, "0 s"),
  ])
  func durationsInWords(seconds: Int, words: String) {
    #expect(Duration.seconds(seconds).words == words)
  }
}
