import Primitives

/// version.xml of the update servers.
///
///     <versioninfo><firmware>
///       <model>SM-A207F</model><cc>SER</cc>
///       <version>
///         <latest o="11">PDA/CSC/PHONE</latest>
///         <upgrade><value rcount="5" fwsize="583308660">PDA/CSC/PHONE</value> … </upgrade>
///
/// It tells neither dates nor an order: the latest stands first, the others as they come. A value with fewer than
/// three parts is no release that a package exists of.
extension ReleaseHistory {
  static func versionListReleases(_ bytes: [UInt8]) throws(Failure) -> [Release] {
    let document = try XMLElement(parsing: bytes)
    if document.name == "Error" {
      throw Failure(
        .notFound, "The server has no list of versions for this model and region.", cure: "Try another CSC.")
    }
    guard document.name == "versioninfo" else {
      throw Failure(.network, "The server's list of versions is XML of another kind.")
    }
    let versions = document.children(named: "firmware").flatMap { $0.children(named: "version") }
    let latest = versions.flatMap { $0.children(named: "latest") }
    let upgrades = versions.flatMap { $0.children(named: "upgrade") }.flatMap { $0.children(named: "value") }
    var releases: [Release] = []
    var seen: Set<FirmwareVersion> = []
    for element in latest + upgrades {
      guard let version = FirmwareVersion(element.text.trimmed), seen.insert(version).inserted else {
        continue
      }
      releases.append(
        Release(
          version: version, osName: "", androidMajor: element.attributes["o"].flatMap { Int($0) },
          displayName: "", natures: [], status: ""))
    }
    return releases
  }
}
