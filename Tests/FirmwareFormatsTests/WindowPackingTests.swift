import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

struct WindowPackingTests {
  private let content = DeflatedContent(
    name: "x", compressed: MemoryFile([UInt8](repeating: 0, count: 1000)), size: 1 << 20, crc32: 7)

  @Test(arguments: [0, 1, 4095, 32_768, 1 << 20])
  func whatIsPackedIsUnpacked(output: Int) throws {
    for seed in UInt64(0)..<4 {
      let window = firmwareLike(min(output, 32_768), seed: seed)
      let checkpoint = try #require(
        PackedWindow.checkpoint(of: content, output: UInt64(output), input: 99, crc32: 5, window: window))
      #expect(checkpoint.window.count <= window.count + 68)
      #expect(PackedWindow.unpack(checkpoint, of: content) == window)
    }
  }

  @Test func aWindowOfAnotherSizeIsRefused() throws {
    for size in [0, 999, 1001, 32_768] {
      let checkpoint = try #require(
        PackedWindow.checkpoint(
          of: content, output: 1000, input: 0, crc32: 0, window: [UInt8](repeating: 1, count: size)))
      #expect(PackedWindow.unpack(checkpoint, of: content) == nil)
    }
  }

  @Test func placesOutsideTheContentAreRefused() throws {
    for (output, input) in [(UInt64(1 << 20) + 1, UInt64(0)), (.max, 0), (0, 8000), (0, .max)] {
      let window = [UInt8](repeating: 1, count: Int(min(output, 32_768)))
      let checkpoint = try #require(
        PackedWindow.checkpoint(of: content, output: output, input: input, crc32: 0, window: window))
      #expect(PackedWindow.unpack(checkpoint, of: content) == nil)
    }
  }

  @Test func anotherContentsCheckpointIsRefused() throws {
    let checkpoint = try #require(
      PackedWindow.checkpoint(of: content, output: 10, input: 0, crc32: 0, window: Array(0..<10)))
    let other = DeflatedContent(name: "x", compressed: content.compressed, size: 1 << 20, crc32: 8)
    #expect(PackedWindow.unpack(checkpoint, of: other) == nil)
    #expect(PackedWindow.unpack(checkpoint, of: content) == Array(0..<10))
  }

  /// Only what is referred to stays, checked with a stream whose references are known: with the window as its
  /// dictionary, 5 stretches of it are repeated between bytes that occur nowhere in it.
  @Test func onlyReferredBytesAreKept() throws {
    var random = SplitMix(seed: 31)
    let window = random.bytes(32_768).map { $0 | 0x80 }
    let places = [0, 500, 10_000, 20_001, 32_700]
    var plain: [UInt8] = []
    for place in places { plain += window[place..<place + 60] + (0..<9).map { UInt8($0 + place % 100) } }
    let directory = TemporaryDirectory()
    try directory.write(window, to: "window")
    try directory.write(plain, to: "plain")
    try directory.python(
      """
      import zlib
      c = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, open("window", "rb").read())
      open("deflated", "wb").write(c.compress(open("plain", "rb").read()) + c.flush())
      """)
    let deflated = try directory.read("deflated")
    var referred = ReferredBytes()
    var sparse = window
    unsafe referred.keepOnly(in: &sparse, bits: .none, input: deflated.span.bytes)
    let kept = sparse.indices.filter { sparse[$0] != 0 }
    // zlib never refers to the last 262 bytes of the 32 KiB, so the first place may be out of its reach.
    #expect(kept.count >= 4 * 50 && kept.count <= 5 * 60)
    #expect(kept.allSatisfy { position in places.contains { ($0..<$0 + 60).contains(position) } })
    for window in [window, sparse] {
      var stream = InflateStream()
      unsafe stream.begin(after: window.span.bytes)
      var output = [UInt8](repeating: 0, count: plain.count + 1)
      var elements = output.mutableSpan
      var bytes = unsafe elements.mutableBytes
      _ = unsafe try stream.inflate(deflated.span.bytes, into: &bytes)
      #expect(Array(output.prefix(plain.count)) == plain)
    }
    var whole = window
    unsafe referred.keepOnly(in: &whole, bits: .none, input: deflated.span.bytes.extracting(first: 40))
    #expect(whole == window, "what follows is cut short")
  }
}
