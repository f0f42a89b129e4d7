/// What a `Range` header asks of a file.
enum ByteRange: Equatable {
  /// No range, or a header that says none: the whole file.
  case whole
  case part(first: UInt64, last: UInt64)
  /// A range that begins after the file's end.
  case unsatisfiable

  /// The range of `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`; several ranges in one header count as none.
  /// - Parameter size: bytes of the file, more than 0.
  init(_ header: String?, size: UInt64) {
    self = .whole
    guard let header, header.hasPrefix("bytes="), size > 0 else { return }
    let bounds = header.dropFirst("bytes=".count).split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard bounds.count == 2 else { return }
    let first = UInt64(bounds[0])
    let last = UInt64(bounds[1])
    switch (bounds[0].isEmpty, first, bounds[1].isEmpty, last) {
    case (false, let first?, true, _):
      self = first < size ? .part(first: first, last: size - 1) : .unsatisfiable
    case (false, let first?, false, let last?) where first <= last:
      self = first < size ? .part(first: first, last: min(last, size - 1)) : .unsatisfiable
    case (true, _, false, let count?):
      self = count > 0 ? .part(first: size - min(count, size), last: size - 1) : .unsatisfiable
    default: break
    }
  }
}
