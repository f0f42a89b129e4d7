import FoundationEssentials
import TestSupport

/// A release that the emulator's generator made, and what is true of it.
final class MadeRelease: Sendable {
  struct TrueFile: Decodable {
    let path: String
    let size: UInt64
    let sha256: String
  }

  private struct Truth: Decodable {
    let files: [TrueFile]
  }

  static let model = "SM-A207F"
  static let region = "SER"

  let directory: String
  let version: String
  /// Every file at every depth.
  let files: [TrueFile]

  init(
    version: String, megabytes: Int, seed: Int, region: String = region, options: String = ""
  ) throws {
    let kind = options.filter { $0.isLetter || $0.isNumber }
    directory = "\(Self.folder)/\(version)-\(megabytes)-\(seed)-\(region)\(kind)"
    self.version = version
    // Kept from run to run, until the generator changes.
    let made = try shell(
      """
      [ '\(directory)/truth.json' -nt '\(Binaries.emulator)' ] && exit
      rm -rf '\(directory)' && mkdir -p '\(Self.folder)' && \
      '\(Binaries.emulator)' make-release '\(directory)' --model \(Self.model) --region \(region) \
      --version \(version) --size \(megabytes) --seed \(seed) \(options)
      """, within: .seconds(300))
    guard made.status == 0 else { throw ChildProcess.Failure(description: made.errors) }
    let truth = try shell("cat '\(directory)/truth.json'").output
    files = try JSONDecoder().decode(Truth.self, from: Data(truth.utf8)).files
  }

  /// What a mount adds to each release: what the server said.
  static let told = ["release.json", "inform.xml"]

  /// The folders of the members' entries, such as AP.
  var folders: Set<String> { names(in: "").subtracting(topFiles.map(\.path)) }
  /// All that a mount shows in the release's own folder.
  var topNames: Set<String> { names(in: "").union(Self.told) }

  /// The names that a mount shows in a folder.
  func names(in folder: String) -> Set<String> {
    let prefix = folder.isEmpty ? "" : folder + "/"
    let below = files.map(\.path).filter { $0.hasPrefix(prefix) }
    return Set(below.map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) })
  }

  /// The files that a mount shows in the release's own folder.
  var topFiles: [TrueFile] { files.filter { !$0.path.contains("/") } }
  var package: TrueFile { topFiles.first { $0.path.hasSuffix(".zip") }! }
  var encrypted: TrueFile { topFiles.first { $0.path.contains(".zip.enc") }! }
  func member(_ prefix: String) -> TrueFile { topFiles.first { $0.path.hasPrefix(prefix) }! }

  static let folder = "\(Binaries.project)/.build/test-releases"

  /// Two releases of one model, made once for all tests; the first is the newer one.
  static let two: Result<[MadeRelease], any Error> = Result {
    try [
      MadeRelease(version: "A207FXXU2CUI2", megabytes: 48, seed: 1),
      MadeRelease(version: "A207FXXU1BTK1", megabytes: 24, seed: 2),
    ]
  }
}
