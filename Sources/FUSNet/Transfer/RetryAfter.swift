import CCurl

/// The header `Retry-After`: seconds, or a date.
enum RetryAfter {
  /// What is waited when the header is missing or makes no sense, in seconds.
  static let unknown = 1.0
  private static let longest = 3600.0

  /// Seconds to wait, 0 to 3600. `now` is seconds since 1970.
  static func seconds(_ text: String?, now: Int64) -> Double {
    guard let text, (1...64).contains(text.utf8.count) else { return unknown }
    if text.utf8.allSatisfy(\.isDigit) { return min(Double(text) ?? unknown, longest) }
    let date = unsafe Int64(curl_getdate(text, nil))
    guard date >= 0 else { return unknown }
    let (wait, overflows) = date.subtractingReportingOverflow(now)
    return overflows ? unknown : min(max(Double(wait), 0), longest)
  }
}
