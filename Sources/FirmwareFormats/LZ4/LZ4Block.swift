import CLZ4
import Primitives

/// LZ4's block format: the bytes inside a frame's block, without a header.
enum LZ4Block {
  /// How far back a block may refer, in bytes.
  static let windowSize = 64 << 10

  /// The most bytes that a compressed block takes for this many plain ones.
  ///
  /// The corresponding C macro is `LZ4_COMPRESSBOUND`.
  static func bound(_ count: Int) -> Int { count + count / 255 + 16 }

  /// The most plain bytes that so many packed ones give: 255 for each, whatever is in them.
  static func mostPlain(of count: UInt64) -> UInt64 {
    let (most, overflow) = count.multipliedReportingOverflow(by: 255)
    return overflow ? .max : most
  }

  /// Decodes a whole block; the number of plain bytes, nil where it is damaged or has more than fit.
  ///
  /// - Parameter window: the plain bytes before it that it may refer to.
  ///
  /// The corresponding C functions are `LZ4_decompress_safe` and `LZ4_decompress_safe_usingDict`.
  static func decode(_ packed: RawSpan, into output: inout MutableRawSpan, window: RawSpan) -> Int? {
    let count = unsafe output.withUnsafeMutableBytes { output in
      unsafe packed.withUnsafeBytes { packed in
        unsafe window.withUnsafeBytes { window in
          unsafe LZ4_decompress_safe_usingDict(
            packed.baseAddress?.assumingMemoryBound(to: CChar.self),
            output.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(packed.count),
            Int32(output.count), window.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(window.count))
        }
      }
    }
    return count < 0 ? nil : Int(count)
  }

  /// One block that holds these bytes.
  ///
  /// The corresponding C function is `LZ4_compress_default`.
  static func encode(_ plain: RawSpan) -> [UInt8] {
    let capacity = bound(plain.byteCount)
    return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { packed, count in
      let written = unsafe plain.withUnsafeBytes { plain in
        unsafe packed.withMemoryRebound(to: CChar.self) { packed in
          unsafe LZ4_compress_default(
            plain.baseAddress?.assumingMemoryBound(to: CChar.self), packed.baseAddress,
            Int32(plain.count), Int32(capacity))
        }
      }
      count = Int(max(0, written))
    }
  }
}
