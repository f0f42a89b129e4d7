package import FirmwareFormats
package import Primitives

/// The plain bytes of a file that is encrypted as a whole with AES-128-ECB and PKCS#7 padding.
///
/// ```
/// cipher │ 16 B │ 16 B │ …            │ 16 B │   a multiple of 16
/// plain  │ 16 B │ 16 B │ …            │ r B │pad│   1…16 bytes of padding, each of them the number of them
/// ```
/// In this mode every 16 bytes stand alone, so that any of them can be decrypted without those before.
package struct DecryptedFile: HorizonReadable {
  package let size: UInt64
  private let cipher: any RandomReadable
  private let codebook: ElectronicCodebook

  /// - Parameter size: of the plain bytes, less than the cipher's by 1…16.
  package init(_ cipher: any RandomReadable, codebook: ElectronicCodebook, size: UInt64) {
    self.cipher = cipher
    self.codebook = codebook
    self.size = size
  }

  /// The plain size, from the padding at the end.
  ///
  /// Padding that is none means a wrong key: `Failure.Code.damaged`.
  package static func plainSize(
    of cipher: any RandomReadable, codebook: ElectronicCodebook
  ) async throws(Failure) -> UInt64 {
    let unit = UInt64(ElectronicCodebook.blockSize)
    guard cipher.size >= unit, cipher.size % unit == 0 else {
      throw Failure(.damaged, "The encrypted size \(cipher.size) is not a multiple of 16.")
    }
    var last = UniqueByteBlock(count: ElectronicCodebook.blockSize)
    try await last.withMutableBytesAsync { (span) async throws(Failure) in
      try await cipher.read(into: &span, at: cipher.size - unit)
      codebook.decrypt(&span)
    }
    let padding = last.frozen().withBytes { bytes -> Int? in
      let values = bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
      guard let count = values.last.map(Int.init), (1...values.count).contains(count),
        values.suffix(count).allSatisfy({ Int($0) == count })
      else { return nil }
      return count
    }
    guard let padding else {
      throw Failure(
        .damaged, "The file does not end in valid padding: the key that the server's reply gives is wrong.")
    }
    return cipher.size - UInt64(padding)
  }

  package func read(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) async throws(Failure) {
    try checkRange(at: offset, count: destination.byteCount)
    let end = offset + UInt64(destination.byteCount)
    guard offset < end else { return }
    let unit = UInt64(ElectronicCodebook.blockSize)
    // Whole AES blocks are decrypted where they are wanted; what sticks out at either end by way of a copy.
    let firstWhole = (offset + unit - 1) / unit * unit
    let endWhole = max(firstWhole, end / unit * unit)
    if offset < firstWhole {
      try await readPart(
        of: firstWhole - unit, into: &destination, from: offset, to: min(end, firstWhole), at: 0)
    }
    if firstWhole < end, firstWhole < endWhole {
      let start = Int(firstWhole - offset)
      var whole = destination._mutatingExtracting(start..<start + Int(endWhole - firstWhole))
      try await cipher.read(into: &whole, at: firstWhole, horizon: horizon)
      codebook.decrypt(&whole)
    }
    if endWhole < end, endWhole >= firstWhole {
      try await readPart(
        of: endWhole, into: &destination, from: endWhole, to: end, at: Int(endWhole - offset))
    }
  }

  /// Whole AES blocks alone, which is what the kernel asks for everywhere but at the file's end.
  package func readAtOnce(
    into destination: inout MutableRawSpan, at offset: UInt64, horizon: UInt64?
  ) throws(Failure) -> Bool {
    try checkRange(at: offset, count: destination.byteCount)
    let unit = ElectronicCodebook.blockSize
    guard offset % UInt64(unit) == 0, destination.byteCount % unit == 0,
      try cipher.readAtOnce(into: &destination, at: offset, horizon: horizon)
    else { return false }
    codebook.decrypt(&destination)
    return true
  }

  /// Decrypts the AES block at `block` and copies the bytes `start..<end` of the file to `position`.
  private func readPart(
    of block: UInt64, into destination: inout MutableRawSpan, from start: UInt64, to end: UInt64,
    at position: Int
  ) async throws(Failure) {
    var unit = UniqueByteBlock(count: ElectronicCodebook.blockSize)
    try await unit.withMutableBytesAsync { (span) async throws(Failure) in
      try await cipher.read(into: &span, at: block)
      codebook.decrypt(&span)
    }
    unit.frozen().withBytes { bytes in
      destination.copyBytes(
        from: bytes.extracting(Int(start - block)..<Int(end - block)), at: position)
    }
  }
}
