/// The version list that the kies generations read: `/firmware/REGION/MODEL/version.xml`.
enum VersionList {
  /// - Parameter releases: of one model and region, the newest first, at least one.
  static func xml(_ releases: [ReleaseDescription]) -> [UInt8] {
    guard let latest = releases.first else { return denied }
    let older = releases.dropFirst().enumerated().map { place, release in
      "\t\t\t\t<value rcount='\(place + 1)' fwsize='\(release.byteSize)'>\(shown(release.version))</value>\n"
    }
    let text = """
      <?xml version="1.0" encoding="UTF-8" ?>
      <versioninfo>
      \t<url>https://fota-cloud-dn.ospserver.net/firmware/</url>
      \t<firmware>
      \t\t<model>\(latest.model)</model>
      \t\t<cc>\(latest.region)</cc>
      \t\t<version>
      \t\t\t<latest o="\(latest.androidMajor)">\(shown(latest.version))</latest>
      \t\t\t<upgrade>
      \(older.joined())\t\t\t</upgrade>
      \t\t</version>
      \t</firmware>
      \t<polling>
      \t\t<period>7</period>
      \t\t<time>15</time>
      \t\t<range>23</range>
      \t</polling>
      </versioninfo>

      """
    return Array(text.utf8)
  }

  /// What the server behind the list says with status 403 of a list that is not there.
  static let denied = Array(
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>

    """.utf8)

  /// PDA/CSC/PHONE; the fourth part is left out where it repeats the first, as the real list does.
  private static func shown(_ version: String) -> String {
    let parts = version.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[3] == parts[0] ? parts[..<3].joined(separator: "/") : version
  }
}
