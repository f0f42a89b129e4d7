import TestSupport
import Testing

extension MountTests {
  /// Packages other than the usual one: encrypted the old way, not at all, or keeping the user's data.
  @Suite struct PackageKindsTests {
    struct Kind: CustomTestStringConvertible {
      let name: String
      let making: String
      let mounting: [String]
      let region: String
      var testDescription: String { name }

      static let all = [
        Kind(name: "enc2", making: "--encryption enc2", mounting: [], region: "SER"),
        Kind(name: "plain", making: "--encryption none", mounting: [], region: "SER"),
        Kind(name: "home", making: "--nature home", mounting: ["--nature", "home"], region: "EUX"),
      ]
    }

    @Test(arguments: Kind.all) func everyFileIsAsReleased(_ kind: Kind) throws {
      let release = try MadeRelease(
        version: "A207FXXU2CUI2", megabytes: 16, seed: 4, region: kind.region, options: kind.making)
      let server = try EmulatedServer([release])
      let mount = try Mount(server, kind.mounting)
      let folder = "\(mount.path)/\(MadeRelease.model)/\(kind.region)/latest"
      let listed = try shell("ls '\(folder)'").output.split(separator: "\n").map(String.init)
      #expect(Set(listed) == release.topNames)
      let wrong = try mount.differences(from: release.files, in: folder)
      #expect(wrong.isEmpty, "\(wrong.prefix(8))")
      #expect(try server.refusals.filter { !$0.isWhitespace } == "[]")
    }
  }
}
