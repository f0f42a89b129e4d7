import TestSupport

/// A release whose package is a ZIP that another maker's tools made.
final class PackedRelease {
  let directory: String
  private let folder = TemporaryDirectory()

  /// - Parameters:
  ///   - archive: the plain ZIP.
  ///   - members: those that the server names.
  init(_ archive: String, members: [String]) throws {
    directory = "\(folder.path)/release"
    try folder.shell(
      """
      '\(Binaries.emulator)' make-release '\(directory)' --model \(MadeRelease.model) \
        --region \(MadeRelease.region) --version A207FXXU2CUI2 --package '\(archive)' \
        --members \(members.joined(separator: ","))
      """)
  }
}
