import TestSupport
import Testing

@testable import CommandLine

@Suite struct ByteSizeTests {
  @Test(
    arguments: [
      ("0", 0), ("4096", 4096), ("1K", 1024), ("1k", 1024), ("256M", 256 << 20), ("10G", 10 << 30),
      ("10GiB", 10 << 30), ("3T", 3 << 40), ("512B", 512),
    ] as [(String, UInt64)])
  func readsUnits(text: String, bytes: UInt64) {
    #expect(ByteSize(parsing: text) == ByteSize(bytes: bytes))
  }

  @Test(arguments: [
    "", "G", "-1", "+1", "1.5G", "1 G", "1GB", "1X", "0x10", "1_000", "18446744073709551616", "16777216T",
    "99999999999999999999999G", "１G",
  ])
  func refuses(text: String) {
    #expect(ByteSize(parsing: text) == nil)
  }

  @Test func argumentsReadBackAsTheSame() {
    var generator = SplitMix(seed: 1)
    for _ in 0..<10_000 {
      let size = ByteSize(bytes: generator.next() >> (generator.next() % 64))
      let rounded = ByteSize(bytes: size.bytes & ~0xFFFFF)
      #expect(ByteSize(parsing: size.argument) == size)
      #expect(ByteSize(parsing: rounded.argument) == rounded)
    }
  }

  @Test func multiplicationNeverWrapsAround() {
    for unit in ByteSize.Unit.allCases {
      let most = UInt64.max / unit.bytes
      #expect(ByteSize(parsing: "\(most)\(unit.letter)")?.bytes == most * unit.bytes)
      if unit != .byte { #expect(ByteSize(parsing: "\(most + 1)\(unit.letter)") == nil) }
    }
  }

  @Test(
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (4_509_715_661, "4.2 GiB"),
      (11_565_187_312, "10.8 GiB"), ((1 << 20) - 1, "1024.0 KiB"), (UInt64.max, "16777216.0 TiB"),
    ] as [(UInt64, String)])
  func words(bytes: UInt64, words: String) {
    #expect(ByteSize(bytes: bytes).words == words)
  }
}

@Suite struct DurationArgumentTests {
  @Test(
    arguments: [
      ("0", .zero), ("90", .seconds(90)), ("90s", .seconds(90)), ("500ms", .milliseconds(500)),
      ("2m", .seconds(120)), ("1h", .seconds(3600)), ("7d", .seconds(604_800)), ("2M", .seconds(120)),
    ] as [(String, Duration)])
  func readsUnits(text: String, time: Duration) {
    #expect(Duration(parsing: text) == time)
  }

  @Test(arguments: [
    "", "s", "-1", "1.5", "1w", "1 s", "9223372036854775808", "9223372036854775807", "106751991168d",
  ])
  func refuses(text: String) {
    #expect(Duration(parsing: text) == nil)
  }

  @Test func argumentsReadBackAsTheSame() {
    var generator = SplitMix(seed: 2)
    for _ in 0..<10_000 {
      let time = Duration.milliseconds(Int64(generator.next() >> (16 + generator.next() % 48)))
      #expect(Duration(parsing: time.argument) == time)
    }
  }
}

@Suite struct ProxyAddressTests {
  @Test(arguments: ["http://proxy:3128", "http://me:secret@proxy:3128/", "socks5h://127.0.0.1:9050"])
  func isKeptAsWritten(text: String) {
    #expect(ProxyAddress(parsing: text)?.address.exposed == text)
  }

  @Test(arguments: [
    "", "proxy:3128", "ftp://proxy", "http://@", "http://proxy/path", "http://a/b@proxy", "a@b",
  ])
  func refuses(text: String) {
    #expect(ProxyAddress(parsing: text) == nil)
  }
}

@Suite struct SecretTests {
  @Test func isShownNowhere() {
    let secret = Secret("123456789012345")
    var dumped = ""
    dump(["key": secret], to: &dumped)
    for text in ["\(secret)", "\([secret])", String(reflecting: secret), dumped] {
      #expect(!text.contains("123456789012345"))
    }
  }
}

@Suite struct PathNameTests {
  @Test(arguments: [
    ("/a/b", "/a/b"), ("/", "/"), ("//a/./b//", "/a/b"), ("a", "/start/a"), ("./info", "/start/info"),
    (".", "/start"), ("../a", "/start/../a"), ("~", "/home/me"), ("~/a", "/home/me/a"),
    ("~you/a", "/start/~you/a"),
    ("/\u{301}a", "/\u{301}a"),
  ])
  func isAbsolute(text: String, path: String) {
    #expect(PathName(text, in: "/start", home: "/home/me")?.text == path)
  }

  @Test(arguments: ["", "a\0b", "a\nb"])
  func refuses(text: String) {
    #expect(PathName(text, in: "/start", home: "/home/me") == nil)
  }

  @Test func homeIsNeededForTilde() {
    #expect(PathName("~/a", in: "/start", home: nil) == nil)
  }

  @Test(arguments: [("/a/b", "/a"), ("/a", "/"), ("/", "/")])
  func parents(path: String, parent: String) {
    #expect(PathName(path, in: "/", home: nil)?.parent.text == parent)
  }
}
