import Glibc

/// The verb `make-release`: makes a firmware package of the real shape.
public enum ReleaseMaker {
  /// Runs the verb; `arguments` come without the names of the program and the verb. Gives the exit status:
  /// 0 made, 1 failed, 2 not understood.
  public static func run(arguments: [String]) -> Int32 {
    if arguments.contains("--help") {
      writeText(ReleaseArguments.help + "\n", to: STDOUT_FILENO)
      return 0
    }
    do throws(ReleaseFault) {
      let plan = ReleasePlan(try ReleaseArguments(arguments))
      Interruption.catchSignals()
      defer { Interruption.releaseSignals() }
      let description = try make(plan, progress: Progress { Interruption.isRequested })
      writeText(summary(of: description, in: plan.arguments.folder), to: STDOUT_FILENO)
      return 0
    } catch {
      writeText("fus-emulator: \(error.sentence)\n", to: STDERR_FILENO)
      if case .usage = error {
        writeText("Try fus-emulator make-release --help.\n", to: STDERR_FILENO)
      }
      return error.exitStatus
    }
  }

  /// The folder of what the file systems were made from.
  private static let treesName = "trees"

  /// Makes the release in its folder, which is left as it was when that fails.
  static func make(_ plan: ReleasePlan, progress: Progress) throws(ReleaseFault) -> ReleaseDescription {
    let folder = plan.arguments.folder
    let isNew = try prepare(folder)
    do throws(ReleaseFault) {
      return try make(plan, in: folder, progress: progress)
    } catch {
      for name in [plan.packageName, "release.json", "truth.json", treesName] {
        removeTree("\(folder)/\(name)")
      }
      if isNew { removeTree(folder) }
      throw error
    }
  }

  private static func make(
    _ plan: ReleasePlan, in folder: String, progress: Progress
  ) throws(ReleaseFault) -> ReleaseDescription {
    let work = "\(folder)/.work"
    try createFolder(work)
    defer {
      progress.end()
      removeTree(work)
    }
    let path = "\(folder)/\(plan.packageName)"
    let files: [ReleaseTruth.File]
    let package: Measurement
    switch plan.arguments.source {
    case .ready(let archive, _):
      let result = try ReleasePackage(plan: plan).write(to: path, copying: archive, progress: progress)
      files = packageTruth(plan, result)
      package = result.package
    case .generated(_, let keepsTrees):
      let trees = keepsTrees ? "\(folder)/\(treesName)" : nil
      if let trees { try createFolder(trees) }
      let maker = EntryMaker(plan: plan, folder: work, trees: trees)
      (files, package) = try generate(plan, with: maker, to: path, progress: progress)
    }
    let description = ReleaseDescription(plan, package: package)
    try description.writeJSON(to: "\(folder)/release.json")
    try ReleaseTruth(
      model: description.model, region: description.region, version: description.version, files: files
    )
    .writeJSON(to: "\(folder)/truth.json")
    return description
  }

  /// Makes the members and the package of them; gives what is true of each file, and the package's measurement.
  private static func generate(
    _ plan: ReleasePlan, with maker: EntryMaker, to path: String, progress: Progress
  ) throws(ReleaseFault) -> ([ReleaseTruth.File], Measurement) {
    var entries: [[EntryMaker.Entry]] = []
    var entryTruths: [[ReleaseTruth.File]] = []
    for member in plan.members {
      var made: [EntryMaker.Entry] = []
      var truth: [ReleaseTruth.File] = []
      for entry in member.entries {
        try progress.begin("making \(member.folder.rawValue)/\(entry.name)")
        made.append(try maker.make(entry, of: member.folder, truth: &truth))
      }
      entries.append(made)
      entryTruths.append(truth)
    }
    let result = try ReleasePackage(plan: plan).write(to: path, entries: entries, progress: progress)
    var files = packageTruth(plan, result)
    for ((member, measurement), truth) in zip(zip(plan.members, result.members), entryTruths) {
      files.append(.init(path: member.name, measurement))
      files += truth
    }
    return (files, result.package)
  }

  /// The package as served, and decrypted where that is another file.
  private static func packageTruth(_ plan: ReleasePlan, _ result: ReleasePackage.Result) -> [ReleaseTruth
    .File]
  {
    let package = ReleaseTruth.File(path: plan.packageName, result.package)
    guard plan.packageName != plan.archiveName else { return [package] }
    return [package, .init(path: plan.archiveName, result.archive)]
  }

  /// Makes sure that `folder` is there and empty; says whether it is new.
  private static func prepare(_ folder: String) throws(ReleaseFault) -> Bool {
    if let names = namesInFolder(folder) {
      guard names.isEmpty else { throw .failed("\(folder) is not empty: name a new folder.") }
      return false
    }
    guard errno == ENOENT else { throw .failed("\(folder) cannot be used: \(errorText(errno)).") }
    try createFolder(folder)
    return true
  }

  private static func summary(of release: ReleaseDescription, in folder: String) -> String {
    """
    \(folder)/\(release.binaryName)
    model \(release.model), region \(release.region), version \(release.version)
    \(release.byteSize) bytes, encryption \(release.encryption.rawValue)

    """
  }
}
