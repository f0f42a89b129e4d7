/// Lines on their way to where they are written, as many as there is room for. Pure.
///
/// ```
///  add ──▸ [ line │ line │ line │ 12 lost ] ──▸ take
/// ```
/// Once one has not found room, all are lost until that has been taken: so the gap is in one place, and its size is said
/// there.
struct LogQueue: Sendable {
  enum Entry: Sendable, Equatable {
    case line(String)
    /// So many lines that would have stood here.
    case lost(Int)
  }

  private var entries: [Entry] = []
  /// Of the lines in it.
  private var bytes = 0
  private let mostLines: Int
  private let mostBytes: Int

  /// - Parameters:
  ///   - lines: that find room at most.
  ///   - bytes: that they may have together.
  init(lines: Int = 4096, bytes: Int = 1 << 20) {
    mostLines = lines
    mostBytes = bytes
  }

  var isEmpty: Bool { entries.isEmpty }

  /// Whether there is another entry to take now: a line or the beginning of a gap.
  mutating func add(_ line: String) -> Bool {
    if case .lost(let count)? = entries.last {
      entries[entries.count - 1] = .lost(count + 1)
      return false
    }
    let size = line.utf8.count
    if entries.count < mostLines, size <= mostBytes - bytes {
      entries.append(.line(line))
      bytes += size
    } else {
      entries.append(.lost(1))
    }
    return true
  }

  /// The oldest entry.
  mutating func take() -> Entry? {
    guard !entries.isEmpty else { return nil }
    let entry = entries.removeFirst()
    if case .line(let line) = entry { bytes -= line.utf8.count }
    return entry
  }
}
