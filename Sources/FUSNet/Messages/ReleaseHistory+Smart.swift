import Primitives

/// The reply of SmartHistory: one row for each release and nature. The status is often empty.
///
///     <Put><CmdID>1</CmdID>
///       <BINARY_INFO>
///         <BINARY_INDEX>1  <BINARY_SEQUENCE>3  <BINARY_SW_VERSION>PDA/CSC/PHONE/DATA  <BINARY_NATURE>0
///         <BINARY_STATUS>2  <BINARY_OS_NAME>V(Android 15)  <BINARY_OPEN_DATE>2025/03/25 05:01:03 …
///       </BINARY_INFO> …
extension ReleaseHistory {
  static func smartReleases(_ bytes: [UInt8]) throws(Failure) -> [Release] {
    let reply = try FUSReply(parsing: bytes)
    if !reply.status.isEmpty { try ServerStatus(body: reply.status).requireGood() }
    var merged: [Release] = []
    var positions: [FirmwareVersion: Int] = [:]
    for row in reply.put.rows("BINARY_INFO").compactMap(Release.init) {
      if let position = positions[row.version] {
        merged[position].merge(row)
      } else {
        positions[row.version] = merged.count
        merged.append(row)
      }
    }
    return merged.sorted {
      ($0.sequence ?? .min, $0.openDate ?? .min, $0.version.description)
        > ($1.sequence ?? .min, $1.openDate ?? .min, $1.version.description)
    }
  }
}

extension ReleaseHistory.Release {
  /// A row; nil if its version is none.
  fileprivate init?(row: FUSReply.Fields) {
    guard let version = FirmwareVersion(row["BINARY_SW_VERSION"]) else { return nil }
    self.version = version
    sequence = Int(row["BINARY_SEQUENCE"])
    index = Int(row["BINARY_INDEX"])
    openDate = FieldValues.time(row["BINARY_OPEN_DATE"])
    osName = FieldValues.line(row["BINARY_OS_NAME"])
    androidMajor = FieldValues.androidMajor(osName)
    displayName = FieldValues.line(row["BINARY_MODEL_DISPLAYNAME"])
    natures = Set(Int(row["BINARY_NATURE"]).flatMap(BinaryNature.init).map { [$0] } ?? [])
    status = FieldValues.line(row["BINARY_STATUS"])
  }

  /// Takes from another row of the same release what this one lacks.
  ///
  /// A row for testers does not change the place of a release that is out: only among equals the higher one counts.
  fileprivate mutating func merge(_ other: Self) {
    let takesPlace = isBeta == other.isBeta ? (other.sequence ?? .min) > (sequence ?? .min) : isBeta
    if takesPlace {
      (sequence, index, openDate, status) = (other.sequence, other.index, other.openDate, other.status)
    }
    natures.formUnion(other.natures)
    openDate = openDate ?? other.openDate
    androidMajor = androidMajor ?? other.androidMajor
    if osName.isEmpty { osName = other.osName }
    if displayName.isEmpty { displayName = other.displayName }
    if status.isEmpty { status = other.status }
  }
}
