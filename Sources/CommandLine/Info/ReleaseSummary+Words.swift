extension ReleaseSummary {
  /// The summary for a person: a block of names and values, then the history in columns.
  ///
  /// ```
  ///   Model     SM-S931U1, Galaxy S25 (SM-S931U1)
  ///   Region    XAA
  ///   Latest    S931U1UES3AYDF/S931U1OYM3AYDF/…
  ///   Package   SM-S931U1_2_…_fac.zip.enc4, 10.8 GiB (11565187312 bytes)
  ///   Members   BL_….tar.md5
  ///             AP_….tar.md5
  ///
  ///   VERSION            OS             DATE                 PACKAGES
  ///   S931U1UES3AYDF/…   V(Android 15)  2025/05/07 05:01:03  factory, home
  /// ```
  var words: String {
    var facts = [("Model", displayName.map { "\(model), \($0)" } ?? model), ("Region", region)]
    facts.append(("Latest", latest?.version ?? "none"))
    if let latest {
      let size = latest.size.map { "\(ByteSize(bytes: $0).words) (\($0) bytes)" }
      let package = [latest.binaryName, size].compactMap(\.self).joined(separator: ", ")
      if !package.isEmpty { facts.append(("Package", package)) }
      for (index, member) in latest.members.enumerated() {
        facts.append((index == 0 ? "Members" : "", member))
      }
    }
    let block = TextTable(rows: facts.map { [$0.0, $0.1] }).text
    guard !history.isEmpty else { return block }
    let rows = history.map { row in
      let kinds = row.natures.map(\.name) + (row.isBeta ? ["beta"] : [])
      return [row.version, row.osName ?? "-", row.date ?? "-", kinds.joined(separator: ", ")]
    }
    return block + "\n" + TextTable(rows: [["VERSION", "OS", "DATE", "PACKAGES"]] + rows).text
  }
}
