/// Bytes that look like firmware to a compressor, each a function of the seed and its offset alone.
///
///     |  64 KiB   |  64 KiB   |  64 KiB   | …
///       packed      words       zero        each kind drawn by the mix's shares
///     each of four 16 KiB stretches, which a generator of its own fills
struct GeneratedContent: ByteSource {
  /// What a 64 KiB stretch holds.
  enum Kind {
    /// Nothing compresses it: media, code packed already.
    case packed
    /// Eight-character words in random order: LZ4 leaves about a third.
    case words
    /// One byte in eight is always the same: only an entropy coder gains a little.
    case instructions
    /// One word of four bytes, over and over.
    case pattern
    case zero
  }

  /// How often each kind occurs.
  enum Mix {
    /// As in a system partition: LZ4 leaves about 0.7.
    case firmware
    case packed
    case text
    /// Mostly empty behind its beginning, as in an image of a file system that the phone will fill.
    case empty

    /// The kind for a number from 0 to 99.
    func kind(_ draw: Int) -> Kind {
      switch self {
      case .packed: .packed
      case .text: .words
      case .firmware:
        switch draw {
        case ..<54: .packed
        case ..<82: .words
        case ..<90: .instructions
        case ..<93: .pattern
        default: .zero
        }
      case .empty:
        switch draw {
        case ..<10: .packed
        case ..<16: .words
        case ..<20: .pattern
        default: .zero
        }
      }
    }
  }

  let size: Int
  let seed: UInt64
  let mix: Mix

  private static let stretch = 1 << 14

  func read(into destination: inout MutableRawSpan, at offset: Int) {
    var done = 0
    while done < destination.byteCount {
      let (index, skipped) = (offset + done).quotientAndRemainder(dividingBy: Self.stretch)
      let count = min(Self.stretch - skipped, destination.byteCount - done)
      if count == Self.stretch {
        var whole = destination._mutatingExtracting(done..<done + count)
        fill(&whole, stretch: index)
      } else {
        var buffer = [UInt8](repeating: 0, count: Self.stretch)
        var elements = buffer.mutableSpan
        var whole = unsafe elements.mutableBytes
        fill(&whole, stretch: index)
        for position in 0..<count {
          destination.storeBytes(
            of: unsafe whole.unsafeLoad(fromByteOffset: skipped + position, as: UInt8.self),
            toByteOffset: done + position, as: UInt8.self)
        }
      }
      done += count
    }
  }

  /// Fills a whole stretch.
  private func fill(_ bytes: inout MutableRawSpan, stretch index: Int) {
    var shared = SplitMix(seed: seed ^ UInt64(index >> 2) &* 0xd6e8_feb8_6659_fd93)
    let drawn = mix.kind(shared.below(100))
    let kind = mix == .empty && index < 4 ? .packed : drawn
    let pattern = UInt64(UInt32(truncatingIfNeeded: shared.next())) &* 0x1_0000_0001
    var generator = SplitMix(seed: shared.next() &+ UInt64(index & 3))
    var words = 0 as UInt64
    for position in stride(from: 0, to: bytes.byteCount, by: 8) {
      let value: UInt64
      switch kind {
      case .packed: value = generator.next()
      case .instructions: value = generator.next() & 0x00ff_ffff_ffff_ffff | 0xe500_0000_0000_0000
      case .pattern: value = pattern
      case .zero: value = 0
      case .words:
        if position % 80 == 0 { words = generator.next() }
        value = Self.vocabulary[Int(words & 63)]
        words >>= 6
      }
      bytes.storeBytes(of: value, toByteOffset: position, as: UInt64.self)
    }
  }

  /// 64 words of eight characters.
  private static let vocabulary: [UInt64] = {
    let syllables = ["ro.b", "sys_", "pers", "vend", "dev/", "init", "serv", "prop"]
    let endings = ["uild", "tem=", "ist.", "or1\n", "null", ".rc ", "ice ", "erty"]
    return syllables.flatMap { first in
      endings.map { last in (first + last).utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }
  }()
}
