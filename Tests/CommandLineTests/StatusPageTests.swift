import FUSFSCore
import Primitives
import TestSupport
import Testing

@testable import CommandLine

@Suite(.timeLimit(.minutes(2)), .serialized) struct StatusPageTests {
  private func reading(_ mountpoint: String, cached: UInt64, more: String = "") throws -> MountReading {
    let json = """
      {"version": "1.2.3", "uptime_seconds": 3725, "offline": false,
       "cache": {"directory": "/c", "block_bytes": 2097152, "index_bytes": 5, "file_bytes": 6,
                 "limit_bytes": 1073741824, "pinned_bytes": 1048576, "waiting_bytes": 0},
       "fetching": {"downloads": 3, "blocks_under_way": 4, "waiting_reads": 1, "memory_bytes": 4096\(more)},
       "releases": [{"model": "SM-A207F", "region": "SER", "version": "A207FXXU2CUI2/B/C/D",
                     "binary_name": "x", "size": 4194304, "cached_bytes": \(cached)}]}
      """
    return MountReading(mountpoint: mountpoint, status: try MountStatus(json: Array(json.utf8)))
  }

  @Test func tellsWhatAMountDoes() throws {
    let now = [try reading("/m", cached: 3 << 20)]
    #expect(
      StatusPage(now).lines == [
        "/m  fusfs 1.2.3, up 1 h 2 min",
        "  cache      2.0 MiB of 1.0 GiB, 1.0 MiB of it pinned, in /c",
        "  downloads  3; 1 read waits",
        "  memory     4.0 KiB of blocks, 0 B to be written",
        "  SM-A207F/SER/A207FXXU2CUI2  3.0 MiB of 4.0 MiB, 75 %",
      ])
    let page = StatusPage(now, since: ([try reading("/m", cached: 1 << 20)], .seconds(2)))
    #expect(page.lines[2] == "  downloads  3, 1.0 MiB/s; 1 read waits")
    // Evicted meanwhile.
    let less = StatusPage(now, since: ([try reading("/m", cached: 4 << 20)], .seconds(2)))
    #expect(less.lines[2] == "  downloads  3, 0 B/s; 1 read waits")
  }

  @Test func tellsWhatIsSlow() throws {
    let slow = try reading(
      "/m", cached: 0,
      more: """
        , "connections": 0, "retries": 2, "cool_down_seconds": 2.5, "longest_wait_seconds": 61.2,
        "requests": [{"file": "x", "offset": 0, "bytes": 10, "received_bytes": 5, "seconds": 1.5, "renewals": 1}]
        """)
    #expect(slow.status?.fetching.requests?.first?.receivedBytes == 5)
    #expect(
      StatusPage([slow]).lines[2]
        == "  downloads  3; 1 read waits, for 1 min 1 s now; 2 tries again; the server wants a pause of 2 s")
    let well = try reading("/m", cached: 0, more: #", "retries": 0, "longest_wait_seconds": 0.2"#)
    #expect(StatusPage([well]).lines[2] == "  downloads  3; 1 read waits")
  }

  @Test func tellsWhatIsAskedForLong() throws {
    let asking = try reading(
      "/m", cached: 0,
      more: """
        }, "messages": [{"name": "a.do", "host": "h", "seconds": 4.2, "retries": 2},
                        {"name": "b.do", "host": "h", "seconds": 0.9, "retries": 0}],
        "more": {"x": 1
        """)
    #expect(StatusPage([asking]).lines[4] == "  asks       a.do of h, for 4 s now; 2 tries again")
    #expect(StatusPage([asking]).lines.count == 6)
  }

  @Test func isOneScreen() throws {
    let readings = try (0..<20).map { try reading("/m\($0)", cached: 0) }
    #expect(StatusPage(readings).lines.count == 20 * 5 + 19)
    let page = StatusPage(readings, fitting: TerminalSize(rows: 10, columns: 20))
    #expect(page.lines.count == 9)
    #expect(page.lines.last == "…")
    #expect(page.lines.allSatisfy { $0.count < 20 })
    #expect(StatusPage([], fitting: TerminalSize(rows: 1, columns: 1)).lines == ["…"])
    #expect(StatusPage([]).lines == ["Nothing is mounted."])
  }

  @Test func whatIsNoMountIsTold() throws {
    try withTemporaryDirectory { directory in
      let reading = MountReader().reading(directory.text)
      #expect(reading.problem == "It is no mount of fusfs.")
      #expect(StatusPage([reading]).lines == ["\(directory)  It is no mount of fusfs."])
      _ = try shell("mkdir '\(directory)/.fusfs' && echo '{}' > '\(directory)/.fusfs/status.json'")
      #expect(MountReader().reading(directory.text).problem == "It is served by another version of fusfs.")
      _ = try shell(
        "rm '\(directory)/.fusfs/status.json' && mkfifo '\(directory)/.fusfs/status.json'")
      // Nobody writes into it.
      #expect(MountReader().reading(directory.text).problem == "It does not answer.")
      _ = try shell("timeout 5 sh -c ': > \"\(directory)/.fusfs/status.json\"'")
    }
  }

  @Test func oneThatDoesNotAnswerIsNotAskedAgain() throws {
    let reader = MountReader()
    try withTemporaryDirectory { directory in
      let status = "\(directory)/.fusfs/status.json"
      _ = try shell("mkdir '\(directory)/.fusfs' && mkfifo '\(status)'")
      for _ in 0..<3 { #expect(reader.reading(directory.text).problem == "It does not answer.") }
      let threads = fileNames(in: "/proc/self/task").filter { thread in
        (try? readFile("/proc/self/task/\(thread)/comm")) == Array("fusfs-status\n".utf8)
      }
      #expect(threads.count == 1)
      _ = try shell("timeout 5 sh -c ': > \"\(status)\"'")
      _ = try shell("rm '\(status)'")
      #expect(
        eventuallyBlocking { reader.reading(directory.text).problem == "It is no mount of fusfs." })
    }
  }

  @Test func figuresBeyondAllMeasureAreShown() throws {
    let huge = [try reading("/m", cached: .max)]
    let page = StatusPage(huge, since: ([try reading("/m", cached: 0)], .milliseconds(1)))
    #expect(page.lines[2] == "  downloads  3, 16777216.0 TiB/s; 1 read waits")
    #expect(page.lines[4].hasSuffix("  16777216.0 TiB of 4.0 MiB, 100 %"))
  }

  @Test func cacheReportIsATable() throws {
    var report = CacheReport(directory: "/c", limitBytes: 10 << 30)
    #expect(
      report.words == """
        Directory  /c
        Limit      10.0 GiB
        On disk    0 B
        Packages   0 B, 0 B of it pinned
        Indexes    0 B

        """)
    report.packages = [
      .init(name: "a.zip.enc4", size: 3 << 20, cachedBytes: 1 << 20, pinned: true),
      .init(name: "b.zip.enc4", size: 3 << 20, cachedBytes: 3 << 20, pinned: false),
    ]
    #expect(
      report.words.hasSuffix(
        """

        CACHED   OF       %            NAME
        1.0 MiB  3.0 MiB  33   pinned  a.zip.enc4
        3.0 MiB  3.0 MiB  100          b.zip.enc4

        """))
    #expect(percent(0, of: 0) == 100 && percent(999, of: 1000) == 99 && percent(5, of: 1) == 100)
  }
}
