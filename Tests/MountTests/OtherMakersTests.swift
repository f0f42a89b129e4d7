import FoundationEssentials
import TestSupport
import Testing

extension MountTests {
  /// Packages, tars and images that other makers' tools have packed in each of their ways.
  @Suite struct OtherMakersTests {
    /// The ZIPs of `Tests/packages/matrix.sh`, and the tree that each of them holds.
    private final class Matrix: Sendable {
      let folder: String
      let files: [MadeRelease.TrueFile]

      static let made: Result<Matrix, any Error> = Result { try Matrix() }

      private init() throws {
        folder = "\(MadeRelease.folder)/matrix"
        // Kept from run to run, until the script changes.
        let script = "\(Binaries.packageTools)/matrix.sh"
        let made = try shell(
          """
          set -e
          if [ ! '\(folder)/made' -nt '\(script)' ]; then
            rm -rf '\(folder)'; '\(script)' '\(folder)'; touch '\(folder)/made'
          fi
          cd '\(folder)/tree'; find . -type f -printf '%P\\n' | LC_ALL=C sort | while read -r file; do
            printf '%s\\t%s\\t%s\\n' "$(stat -c %s "$file")" "$(sha256sum <"$file" | cut -c 1-64)" "$file"
          done
          """, within: .seconds(120))
        guard made.status == 0 else { throw TestFailure(description: made.errors) }
        files = made.output.split(separator: "\n").compactMap { line in
          let fields = line.split(separator: "\t", maxSplits: 2).map(String.init)
          return UInt64(fields[0]).map { .init(path: fields[2], size: $0, sha256: fields[1]) }
        }
      }
    }

    @Test(arguments: [
      "zip", "zip-stored", "zip-zip64", "zip-streamed", "7z", "python-stored", "python-deflated",
      "python-zip64",
    ]) func everyFileIsAsItWasPacked(kind: String) throws {
      let matrix = try Matrix.made.get()
      #expect(matrix.files.count > 40)
      let members = matrix.files.map(\.path).filter { $0.hasSuffix(".tar.md5") }
      let release = try PackedRelease("\(matrix.folder)/\(kind).zip", members: members)
      let server = try EmulatedServer(folders: [release.directory])
      let mount = try Mount(server)
      let package = fileNames(in: release.directory).filter { $0.contains(".zip.enc") }
      let names = package + package.map { String($0.dropLast(5)) } + MadeRelease.told
      let found = try mount.fileNames(in: mount.release())
      let misnamed = found.symmetricDifference(matrix.files.map(\.path) + names)
      #expect(misnamed.isEmpty, "\(misnamed.prefix(8))")
      let wrong = try mount.differences(from: matrix.files, in: mount.release())
      #expect(wrong.isEmpty, "\(wrong.prefix(8))")
      let reads = RandomReads(
        files: matrix.files.map { ($0.path, $0.size) }, mounted: mount.release(),
        copied: "\(matrix.folder)/tree")
      let different = try reads.differences(count: 400, seed: 3)
      #expect(different.isEmpty, "\(different.prefix(8))")
      let complaints = mount.logText.split(separator: "\n").filter { !$0.contains(" info: ") }
      #expect(complaints.isEmpty, "\(complaints)")
    }
  }
}
