import TestSupport
import Testing

@testable import FUSNet

struct HeaderTests {
  @Test func contentRangesComeBack() {
    var generator = SplitMix(seed: 1)
    for _ in 0..<1000 {
      let first = UInt64.random(in: 0..<1 << 40, using: &generator)
      let last = UInt64.random(in: first..<1 << 41, using: &generator)
      let total = UInt64.random(in: last + 1..<1 << 42, using: &generator)
      let range = ContentRange("bytes \(first)-\(last)/\(total)")
      #expect(range?.bytes == first..<last + 1)
      #expect(range?.total == total)
    }
  }

  @Test(arguments: [
    "", "bytes", "bytes ", "bytes 0-1", "bytes 0-1/", "bytes 0-1/*", "bytes */5", "bytes 1-0/5",
    "bytes 0-5/5",
    "bytes -1-2/5", "bytes +0-1/5", "bytes 0-1/+5", "bytes 0--1/5", "bytes 0-1/5/6", "items 0-1/5",
    "Bytes 0-1/5",
    "bytes 0-18446744073709551615/18446744073709551615", "bytes 0-1/99999999999999999999", "bytes  0-1/5",
    "bytes 0 - 1/5", "bytes ٠-١/٥",
  ])
  func otherContentRangesAreNone(_ text: String) {
    #expect(ContentRange(text) == nil)
  }

  @Test func anyBytesAreNoCrash() {
    var generator = SplitMix(seed: 2)
    let alphabet = Array("bytes 0123456789-/*, GMTSunNov:".utf8)
    for _ in 0..<5000 {
      let text = String(
        decoding: (0..<Int.random(in: 0...40, using: &generator)).map { _ in
          alphabet[Int.random(in: alphabet.indices, using: &generator)]
        }, as: UTF8.self)
      if let range = ContentRange("bytes " + text) { #expect(range.bytes.upperBound <= range.total) }
      #expect((0...3600).contains(RetryAfter.seconds(text, now: 1_700_000_000)))
    }
  }

  @Test func retryAfter() {
    let now: Int64 = 784_111_777
    #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == 0)
    #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:50:07 GMT", now: now) == 30)
    #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == 0)
    #expect(RetryAfter.seconds("Sun, 06 Nov 2094 08:49:37 GMT", now: now) == 3600)
    #expect(RetryAfter.seconds("120", now: now) == 120)
    #expect(RetryAfter.seconds("0", now: now) == 0)
    #expect(RetryAfter.seconds("99999999999999999999", now: now) == 3600)
    for text in [nil, "", "soon", "-5", "1.5.2", "\u{1F600}"] {
      #expect(RetryAfter.seconds(text, now: now) == RetryAfter.unknown)
    }
  }

  @Test func heads() throws {
    var head = try #require(HTTPResponseHead(statusLine: Array("HTTP/1.1 206 Partial Content".utf8)))
    #expect(head.status == 206)
    for line in ["Set-Cookie: a=b", "set-cookie:c=d ", "nothing"] { head.append(line: Array(line.utf8)) }
    #expect(head.values("SET-COOKIE") == ["a=b", "c=d"])
    #expect(head.fields.count == 2)
    for text in ["", "HTTP/1.1", "HTTP/1.1 20", "HTTP/1.1 2000", "FTP 200"] {
      #expect(HTTPResponseHead(statusLine: Array(text.utf8)) == nil)
    }
  }

  @Test func cookies() {
    var jar = CookieJar(echo: .session)
    #expect(jar.header == nil)
    for text in [
      "JSESSIONID=a; Path=/; HttpOnly", "SESSION=b", "OTHER=c", "SESSION=b2", "bad", "=x", "SESSION=a\r\nb",
    ] {
      jar.take(setCookie: text)
    }
    #expect(jar.header == "JSESSIONID=a; SESSION=b2")
    jar.take(setCookie: "SESSION=; Max-Age=0")
    #expect(jar.header == "JSESSIONID=a")
    var all = CookieJar(echo: .all)
    for index in 0..<100 { all.take(setCookie: "C\(index)=\(index)") }
    #expect(all.header?.split(separator: ";").count == 32)
  }

  @Test func retriesAreBounded() {
    var policy = RetryPolicy(longest: 20)
    var elapsed = 0.0
    var delays: [Double] = []
    while let delay = policy.nextDelay(demanded: nil, elapsed: elapsed, chance: 1) {
      delays.append(delay)
      elapsed += delay
    }
    #expect(delays == [0.5, 1, 2, 4])
    var polite = RetryPolicy(longest: 20)
    #expect(polite.nextDelay(demanded: 7, elapsed: 0, chance: 0) == 7)
    #expect(polite.nextDelay(demanded: 14, elapsed: 7, chance: 0) == nil)
    #expect(polite.nextDelay(demanded: nil, elapsed: 7, chance: 0) == 0.5)
  }
}
