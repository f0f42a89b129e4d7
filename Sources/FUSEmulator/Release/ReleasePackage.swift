/// Writes the package in one pass:
///
///     entries → tar, MD5 → deflate → ZIP → AES → file
///               ↓ measured            ↓      ↓ measured
///
/// or takes a ZIP that is there already, which goes through the same cipher.
struct ReleasePackage {
  let plan: ReleasePlan

  /// What was measured on the way.
  struct Result {
    /// As served.
    var package: Measurement
    /// Decrypted.
    var archive: Measurement
    /// In the plan's order.
    var members: [Measurement]
  }

  /// Writes the package to `path`; `entries` belong to the plan's members, one list each.
  func write(
    to path: String, entries: [[EntryMaker.Entry]], progress: Progress
  ) throws(ReleaseFault) -> Result {
    var members: [Measurement] = []
    let (package, archive) = try encrypt(to: path, progress: progress) { (sink) throws(ReleaseFault) in
      members = try writeArchive(entries, to: sink, progress: progress)
    }
    return Result(package: package, archive: archive, members: members)
  }

  /// Writes the package to `path` out of a ZIP that is there already.
  func write(to path: String, copying archive: String, progress: Progress) throws(ReleaseFault) -> Result {
    try progress.begin("encrypting \(archive)")
    let source = try FileSource(path: archive)
    let (package, archive) = try encrypt(to: path, progress: progress) { (sink) throws(ReleaseFault) in
      try source.copy(to: sink)
    }
    return Result(package: package, archive: archive, members: [])
  }

  /// Encrypts what `produce` writes, and measures the file and the plain archive.
  private func encrypt(
    to path: String, progress: Progress, produce: (any ByteSink) throws(ReleaseFault) -> Void
  ) throws(ReleaseFault) -> (package: Measurement, archive: Measurement) {
    let file = ProgressSink(progress, next: try FileSink(creating: path))
    let package = MeasuringSink(next: file, md5: true, crc32: true)
    let cipher: ReleaseCipher? =
      if let key = try plan.key() { try ReleaseCipher(key: key, next: package) } else { nil }
    let archive = MeasuringSink(next: cipher ?? package)
    try produce(archive)
    try cipher?.finish()
    return (package.finish(), archive.finish())
  }

  private func writeArchive(
    _ entries: [[EntryMaker.Entry]], to archive: any ByteSink, progress: Progress
  ) throws(ReleaseFault) -> [Measurement] {
    let writer = ZipWriter(timestamp: plan.made.dosTimestamp, next: archive)
    var members: [Measurement] = []
    for (member, entries) in zip(plan.members, entries) {
      try progress.begin("packing \(member.folder.rawValue)")
      var storage = ZipWriter.Storage.deflated
      if !member.isDeflated {
        let measured = MeasuringSink(crc32: true)
        try writeMember(member, entries, to: measured)
        let measurement = measured.finish()
        storage = .stored(size: measurement.size, crc32: measurement.crc32)
      }
      var measurement: Measurement?
      try writer.add(name: member.name, storage: storage) { (sink) throws(ReleaseFault) in
        let measured = MeasuringSink(next: sink)
        try writeMember(member, entries, to: measured)
        measurement = measured.finish()
      }
      if let measurement { members.append(measurement) }
    }
    try writer.finish()
    return members
  }

  private func writeMember(
    _ member: MemberPlan, _ entries: [EntryMaker.Entry], to sink: any ByteSink
  ) throws(ReleaseFault) {
    let tar = TarWriter(dialect: member.dialect, time: plan.made.seconds, next: sink)
    for entry in entries {
      if let path = entry.path {
        try tar.addFile(name: entry.name, source: FileSource(path: path))
      } else {
        try tar.addDirectory(name: entry.name)
      }
    }
    try tar.finish(name: member.archiveName)
  }
}
