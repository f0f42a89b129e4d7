import FirmwareFormats
import Primitives
import TestSupport
import Testing

@testable import FUSFSCore
@testable import FUSNet

struct DecryptedFileTests {
  private let key: ContentKey

  init() throws {
    key = try ContentKey.version4(version: "A207FXXU2CUI2/A207FOXM2CUI2", logicValue: "ehbkrulq43h44mqw")
  }

  /// PKCS#7 padding and AES-128-ECB by libcrypto's one-pass functions.
  private func encrypted(_ plain: [UInt8]) throws -> [UInt8] {
    let padding = 16 - plain.count % 16
    let padded = plain + [UInt8](repeating: UInt8(padding), count: padding)
    return try #require(Cryptography.aes(.aes128ECB, .encrypt, key: key.bytes, padded))
  }

  private func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed: seed)
    return random.bytes(count)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 31, 32, 1000]) func sizeIsThatOfThePlainBytes(count: Int) async throws {
    let cipher = BytesFile(try encrypted(randomBytes(count, seed: 1)))
    let size = try await DecryptedFile.plainSize(of: cipher, codebook: ElectronicCodebook(key: key))
    #expect(size == UInt64(count))
  }

  @Test func anyRangeIsThatOfThePlainBytes() async throws {
    let plain = randomBytes(2000, seed: 2)
    let file = DecryptedFile(
      BytesFile(try encrypted(plain)), codebook: ElectronicCodebook(key: key), size: UInt64(plain.count))
    var random = SplitMix(seed: 3)
    for _ in 0..<1000 {
      let start = Int.random(in: 0...plain.count, using: &random)
      let count = Int.random(in: 0...min(100, plain.count - start), using: &random)
      #expect(try await file.bytes(at: UInt64(start), count: count) == Array(plain[start..<start + count]))
    }
    #expect(try await file.bytes(at: 0, count: plain.count) == plain)
  }

  @Test func wholeUnitsAreReadAtOnce() throws {
    let plain = randomBytes(2000, seed: 4)
    let file = DecryptedFile(
      BytesFile(try encrypted(plain)), codebook: ElectronicCodebook(key: key), size: UInt64(plain.count))
    var block = UniqueByteBlock(count: 160)
    let isThere = try block.withMutableBytes { (span) throws(Failure) in
      try file.readAtOnce(into: &span, at: 320, horizon: nil)
    }
    #expect(isThere)
    #expect(block.frozen().crc32 == Array(plain[320..<480]).crc32)
    var other = UniqueByteBlock(count: 10)
    let isOther = try other.withMutableBytes { (span) throws(Failure) in
      try file.readAtOnce(into: &span, at: 320, horizon: nil)
    }
    #expect(!isOther)
  }

  @Test func rangesBeyondTheEndAreRefused() async throws {
    let file = DecryptedFile(
      BytesFile(try encrypted([1, 2, 3])), codebook: ElectronicCodebook(key: key), size: 3)
    await #expect(throws: Failure.self) { try await file.bytes(at: 0, count: 4) }
    await #expect(throws: Failure.self) { try await file.bytes(at: .max, count: 1) }
  }

  @Test func aWrongKeyIsNoticed() async throws {
    let other = try ContentKey.version4(
      version: "A207FXXU2CUI2/A207FOXM2CUI2", logicValue: "0000000000000000")
    let cipher = BytesFile(try encrypted(randomBytes(100, seed: 4)))
    await #expect(throws: Failure.self) {
      try await DecryptedFile.plainSize(of: cipher, codebook: ElectronicCodebook(key: other))
    }
  }

  @Test(arguments: [0, 1, 15, 17]) func anEncryptedSizeMustBeWholeBlocks(count: Int) async throws {
    let cipher = BytesFile([UInt8](repeating: 0, count: count))
    await #expect(throws: Failure.self) {
      try await DecryptedFile.plainSize(of: cipher, codebook: ElectronicCodebook(key: key))
    }
  }
}
