/// The reply to SmartHistory: one `BINARY_INFO` row per version and nature.
///
/// As on the real server the rows are sorted by version, not by age, and the status is empty.
enum HistoryReply {
  /// - Parameter releases: the newest first.
  static func message(_ releases: [ReleaseDescription]) -> ReplyMessage {
    let numbered = releases.enumerated().map { (sequence: releases.count - $0.offset, release: $0.element) }
    let rows = numbered.sorted { $0.release.version < $1.release.version }.flatMap { row in
      [0, 1].map { nature in
        ReplyField(
          "BINARY_INFO", content: .group(fields(row.release, nature: nature, sequence: row.sequence)))
      }
    }
    return ReplyMessage(look: .smart, messageID: 1, status: "", put: rows)
  }

  private static func fields(_ release: ReleaseDescription, nature: Int, sequence: Int) -> [ReplyField] {
    [
      ReplyField("BINARY_INDEX", "1"), ReplyField("BINARY_SEQUENCE", String(sequence)),
      ReplyField("BINARY_MODEL_NAME", release.model),
      ReplyField("BINARY_MODEL_DISPLAYNAME", release.displayName),
      ReplyField("BINARY_SW_VERSION", release.version),
      ReplyField("BINARY_SW_DISPLAYVERSION", release.version),
      ReplyField("BINARY_DIRECT_VERSION"), ReplyField("BINARY_LOCAL_CODE", release.region),
      ReplyField("BINARY_BUYER_CODE", release.buyerCode), ReplyField("BINARY_NATURE", String(nature)),
      ReplyField("BINARY_STATUS", "2"), ReplyField("BINARY_EXIST", "1"),
      ReplyField("BINARY_OS_NAME", release.systemName), ReplyField("DEVICE_PLATFORM", "Android"),
      ReplyField("BINARY_OPEN_DATE", release.openDate), ReplyField("SHARING_BINARY", "1"),
      ReplyField("BINARY_CATEGORY", "Normal"), ReplyField("AID_OPEN", "0"),
    ]
  }
}
