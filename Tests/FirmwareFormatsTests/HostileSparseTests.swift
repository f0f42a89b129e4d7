import Primitives
import TestSupport
import Testing

@testable import FirmwareFormats

/// Sparse images that lie.
@Suite(.timeLimit(.minutes(10)))
struct HostileSparseTests {
  /// Raw, fill, don't care, CRC, raw: two blocks each.
  private let builder: SparseBuilder

  init() {
    var builder = SparseBuilder(blockSize: 512)
    builder.raw(firmwareLike(1024, seed: 1))
    builder.fill([1, 2, 3, 4], blocks: 2)
    builder.skip(blocks: 2)
    builder.checksum()
    builder.raw(firmwareLike(1024, seed: 2))
    self.builder = builder
  }

  private func openFailure(_ bytes: [UInt8]) async -> Failure? {
    do {
      let image = try await SparseImage.open(name: "x.img", MemoryFile(bytes))
      let isSparse = SparseImage.isSparse(head: bytes.span)
      #expect(isSparse)
      #expect(image.size < 1 << 58)
      return nil
    } catch {
      return error
    }
  }

  /// The failure of the byte at `good`, all before being readable.
  private func damage(_ bytes: [UInt8], behind good: Int) async throws -> String {
    let image = try await SparseImage.open(name: "x.img", MemoryFile(bytes))
    for _ in 0..<2 {
      let failure = await #expect(throws: Failure.self) { try await image.bytes(at: UInt64(good), count: 1) }
      #expect(failure?.code == .damaged)
      #expect(try await image.bytes(at: 0, count: good).elementsEqual(builder.plain[..<good]))
    }
    let failure = await #expect(throws: Failure.self) {
      try await image.bytes(at: 0, count: Int(min(image.size, 1 << 20)))
    }
    return failure?.cause ?? ""
  }

  private func patched(_ index: Int, _ value: some FixedWidthInteger) -> [UInt8] {
    var bytes = builder.file
    bytes.replace(at: index, little: value)
    return bytes
  }

  @Test func headers() async throws {
    #expect(await openFailure(builder.file) == nil)
    for count in 0..<28 { #expect(await openFailure(Array(builder.file[..<count]))?.code == .damaged) }
    #expect(await openFailure(patched(0, 0xED26_FF3B as UInt32))?.code == .damaged)
    #expect(await openFailure(patched(4, 2 as UInt16))?.code == .unsupported)
    #expect(await openFailure(patched(6, 9 as UInt16)) == nil)
    #expect(await openFailure(patched(8, 27 as UInt16))?.code == .damaged)
    #expect(await openFailure(patched(10, 11 as UInt16))?.code == .damaged)
    for size in [0, 2, 4098, 64 << 20 + 4, UInt32.max] as [UInt32] {
      #expect(await openFailure(patched(12, size))?.cause.contains("blocks cannot have") == true)
    }
    #expect(await openFailure(patched(12, 64 << 20 as UInt32)) == nil)
    #expect(await openFailure(patched(20, (1 << 20) + 1 as UInt32))?.cause.contains("too many") == true)
    #expect(await openFailure(patched(16, UInt32.max)) == nil)
  }

  @Test func chunksThatLie() async throws {
    for (chunk, offset) in builder.chunkOffsets.enumerated() {
      let good = [0, 1024, 2048, 3072, 3072][chunk]
      let place = "x.img is damaged as a sparse image at \(offset), chunk \(chunk + 1) of 5: "
      for (field, value, words) in [
        (0, 0xCAC5, "no chunk of type"), (4, 3, "do not fit"), (4, UInt32.max, "do not fit"),
        (8, 13, "do not fit"), (8, 0, "do not fit"), (8, UInt32.max, "do not fit"),
      ] as [(Int, UInt32, String)] {
        // Fills and holes may have any number of blocks, as long as the image does.
        let words = field == 4 && (chunk == 1 || chunk == 2) && value == .max ? "run past the image" : words
        if field == 4, value == 3, chunk == 1 || chunk == 2 { continue }
        let said = try await damage(patched(offset + field, value), behind: good)
        #expect(said.hasPrefix(place) && said.contains(words), "\(chunk) \(field) \(value): \(said)")
      }
    }
  }

  @Test func chunksThatDoNotAddUp() async throws {
    let more = try await damage(patched(16, 9 as UInt32), behind: 4096)
    #expect(more.contains("the chunks end after 4096 of 4608 bytes"))
    let fewer = try await damage(patched(16, 7 as UInt32), behind: 3072)
    #expect(fewer.contains("run past the image's 7"))
    let chunks = try await damage(patched(20, 3 as UInt32), behind: 3072)
    #expect(chunks.contains("the chunks end after 3072"))
    let blocks = try await damage(patched(builder.chunkOffsets[1] + 4, 7 as UInt32), behind: 1024)
    #expect(blocks.contains("run past the image's 8"))
  }

  @Test func cutAtEveryByte() async throws {
    let file = builder.file
    for count in 28..<file.count {
      let image = try await SparseImage.open(name: "x.img", MemoryFile(Array(file[..<count])))
      let failure = await #expect(throws: Failure.self) { try await image.bytes(at: 4095, count: 1) }
      #expect(failure?.code == .damaged, "cut at \(count)")
      if count >= builder.chunkOffsets[1] {
        #expect(try await image.bytes(at: 0, count: 1024).elementsEqual(builder.plain[..<1024]))
      }
    }
  }

  @Test func flippedBits() async throws {
    var random = SplitMix(seed: 6)
    let builder = SparseImageTests.built(blockSize: 64, chunks: 30, seed: 9)
    let whole = try await SparseImage.open(name: "x.img", MemoryFile(builder.file))
    _ = try await whole.bytes(at: whole.size - 1, count: 1)
    for round in 0..<600 {
      var file = builder.file
      var known = whole.serialized
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let bit = Int.random(in: 0..<file.count * 8, using: &random)
        if round % 2 == 0 { file[bit / 8] ^= 1 << UInt8(bit % 8) }
      }
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        known[Int.random(in: known.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      for known in [nil, known] {
        do {
          let image = try await SparseImage.open(name: "x.img", MemoryFile(file), known: known)
          for offset in [0, image.size / 2, image.size - min(image.size, 1000)] {
            _ = try? await image.bytes(at: offset, count: Int(min(image.size - offset, 1000)))
          }
          #expect(image.knownChunks <= 1 << 20)
        } catch {
          let code = error.code
          #expect(code == .damaged || code == .unsupported)
        }
      }
    }
  }

  /// As many chunks as there may be, each with nothing in it.
  @Test func manyChunksWithoutBlocks() async throws {
    var file = SparseBuilder().file
    file.replace(at: 16, little: 1 as UInt32)
    file.replace(at: 20, little: 1 << 20 as UInt32)
    var chunk: [UInt8] = [0xC3, 0xCA, 0, 0, 0, 0, 0, 0]
    chunk.append(little: 12 as UInt32)
    file += repeatElement(chunk, count: 1 << 20).joined()
    let image = try await SparseImage.open(name: "x.img", MemoryFile(file))
    let failure = await #expect(throws: Failure.self) { try await image.bytes(at: 0, count: 1) }
    #expect(failure?.cause.contains("the chunks end after 0 of 4096") == true)
    #expect(image.knownChunks == 1 << 20)
    #expect(image.serialized.count < 64)
  }
}
