import FUSFSCore
import FUSNet
import Primitives

/// `fusfs info MODEL CSC`: what releases there are, and what the newest one's package is.
struct InfoCommand {
  private let options: InfoOptions
  private let output: ProgramOutput

  init(_ options: InfoOptions, output: ProgramOutput) {
    self.options = options
    self.output = output
  }

  func run() -> Int32 {
    guard let model = DeviceModel(options.model) else {
      return usage("\(options.model) is no model's code. It looks like SM-A207F.")
    }
    guard let region = RegionCode(options.region) else {
      return usage("\(options.region) is no region's code. It looks like SER: three letters or digits.")
    }
    do throws(Failure) {
      let log = try options.client.log.makeLog()
      let client = try Client(options.client, latestTTL: .seconds(5), log: log)
      defer { client.close() }
      if options.showsMembers { return try showMembers(of: Device(model: model, region: region), client) }
      let summary = try waitForResult { () async throws(Failure) -> ReleaseSummary in
        try await self.summary(of: Device(model: model, region: region), client)
      }
      let isWritten = output.standard(options.isJSON ? try summary.json() : summary.words)
      return isWritten ? ExitStatus.success : ExitStatus.failure
    } catch {
      output.error("\(ErrorMessage(error))\n")
      return ExitStatus.failure
    }
  }

  private func showMembers(of device: Device, _ client: Client) throws(Failure) -> Int32 {
    let tree = client.tree
    let depth = options.depth
    let files = try waitForResult { () async throws(Failure) -> FileTree in
      let release = try await client.catalogue.latestRelease(of: device)
      // The package's own directory is right about its members.
      _ = try await release.contents()
      return await FileTree.reading(
        .release(release.identity, modified: nil), named: "\(release.identity.version.pda)", in: tree,
        depth: depth)
    }
    guard output.standard(options.isJSON ? try files.json() : files.words), files.isComplete else {
      return ExitStatus.failure
    }
    return ExitStatus.success
  }

  private func usage(_ sentence: String) -> Int32 {
    output.error("fusfs: \(sentence)\n")
    return ExitStatus.usage
  }

  private func summary(of device: Device, _ client: Client) async throws(Failure) -> ReleaseSummary {
    let history = try await client.catalogue.history(of: device)
    var latest: ReleaseSummary.Latest?
    if history.latest != nil {
      let release = try await client.catalogue.latestRelease(of: device)
      latest = ReleaseSummary.Latest(
        version: "\(release.inform.version)", binaryName: release.inform.binaryName,
        size: release.inform.byteSize, members: release.inform.members.map(\.name))
    }
    let name = history.releases.lazy.map(\.displayName).first { !$0.isEmpty }
    return ReleaseSummary(
      model: "\(device.model)", region: "\(device.region)", displayName: name, latest: latest,
      history: history.releases.map(ReleaseSummary.Row.init))
  }
}

extension ReleaseSummary.Row {
  fileprivate init(_ release: ReleaseHistory.Release) {
    self.init(
      version: "\(release.version)", osName: release.osName.isEmpty ? nil : release.osName,
      date: release.openDate.map { Timestamp(secondsSinceEpoch: $0).inLogFile },
      natures: BinaryNature.allCases.filter(release.natures.contains), isBeta: release.isBeta)
  }
}
