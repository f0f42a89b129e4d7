/// The releases that are served, the newest first, and those that are withdrawn.
struct Catalogue: Sendable {
  private var releases: [ServedRelease]
  private var withdrawn: Set<String> = []

  /// - Parameter releases: of any models and regions; of one model and region, the first is the latest.
  init(_ releases: [ServedRelease]) {
    self.releases = releases
  }

  private var served: [ServedRelease] {
    releases.filter { !withdrawn.contains($0.description.version) }
  }

  /// The history of a model and region, the newest first; empty for a pair that is not known.
  func history(model: String, region: String) -> [ReleaseDescription] {
    served.map(\.description).filter { $0.model == model && $0.region == region }
  }

  func release(model: String, region: String, version: String) -> ReleaseDescription? {
    history(model: model, region: region).first { $0.version == version }
  }

  /// Releases whose file has this name.
  func releases(binaryName: String) -> [ReleaseDescription] {
    served.map(\.description).filter { $0.binaryName == binaryName }
  }

  /// The release that a client names with `file=`.
  func release(path: String) -> ServedRelease? {
    served.first { $0.description.path == path }
  }

  /// The names of the files that are served, the newest release first.
  var servedNames: [String] { served.map(\.description.binaryName) }

  /// The newest release whose file has this name.
  func release(servedAs name: String) -> ServedRelease? {
    served.first { $0.description.binaryName == name }
  }

  /// Makes a release the newest of its model and region, withdrawn or not.
  /// - Parameter version: all four parts or the first.
  mutating func makeLatest(_ version: String) throws(EmulatorFailure) {
    let chosen = try matching(version)
    withdrawn.subtract(chosen.map(\.description.version))
    releases = chosen + releases.filter { !chosen.contains($0) }
  }

  /// Hides a release from history, inform and download until it is made the latest.
  /// - Parameter version: all four parts or the first.
  mutating func withdraw(_ version: String) throws(EmulatorFailure) {
    withdrawn.formUnion(try matching(version).map(\.description.version))
  }

  private func matching(_ version: String) throws(EmulatorFailure) -> [ServedRelease] {
    let chosen = releases.filter { $0.description.version == version || $0.description.pda == version }
    guard !chosen.isEmpty else { throw EmulatorFailure("no release here has the version \(version)") }
    return chosen
  }
}
