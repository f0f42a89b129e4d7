extension Profile {
  /// The default, in clients since 2026-03.
  package static let smart = Profile(
    name: "smart",
    scheme: .smart(key: [
      0x42, 0x2e, 0x73, 0x73, 0x36, 0x17, 0xae, 0x2b, 0x19, 0x89, 0x40, 0xfd, 0x4e, 0x32, 0xb0, 0xa5,
    ]),
    endpoints: Endpoints(
      nonce: "NF_SmartDownloadGenerateNonce.do", history: "SmartHistory.do",
      inform: "NF_SmartDownloadBinaryInform.do", initialize: "NF_SmartDownloadBinaryInitForMass.do",
      download: "NF_SmartDownloadBinaryForMass.do"),
    userAgent: "SMART 2.0", protocolVersion: nil, newAuthorization: false, historySource: .smartHistory,
    deviceRequirement: .nothing, clientVersion: nil, cookieEcho: .session)

  /// In force since 2026-05.
  package static let kies3 = Profile(
    kies: "kies3", key1: "jqw2zntssasudk3zuwwx4tnqz5h3b6i4", key2: "ifzg4ovyl3cyl3a5",
    protocolVersion: "2.0", deviceRequirement: .imei, clientVersion: "4.3.23123_1", cookieEcho: .all)

  /// In force from 2023-12 to 2026-05.
  package static let kies2 = Profile(
    kies: "kies2", key1: "vicopx7dqu06emacgpnpy8j8zwhduwlh", key2: "9u7qab84rpc16gvk",
    deviceRequirement: .imeiOrSerial, clientVersion: "4.3.23123_1")

  /// In force until 2023-12.
  package static let kies1 = Profile(
    kies: "kies1", key1: "hqzdurufm2c8mf6bsjezu1qgveouv7c7", key2: "w13r4cvf4hctaujv")

  /// The newest first.
  package static let builtIn: [Profile] = [.smart, .kies3, .kies2, .kies1]

  private init(
    kies name: String, key1: String, key2: String, protocolVersion: String? = nil,
    deviceRequirement: DeviceRequirement = .nothing, clientVersion: String? = nil,
    cookieEcho: CookieEcho = .session
  ) {
    self.init(
      name: name, scheme: .kies(key1: Array(key1.utf8), key2: Array(key2.utf8)),
      endpoints: Endpoints(
        nonce: "NF_DownloadGenerateNonce.do", history: "version.xml",
        inform: "NF_DownloadBinaryInform.do", initialize: "NF_DownloadBinaryInitForMass.do",
        download: "NF_DownloadBinaryForMass.do"),
      userAgent: "Kies2.0_FUS", protocolVersion: protocolVersion, newAuthorization: true,
      historySource: .versionList, deviceRequirement: deviceRequirement, clientVersion: clientVersion,
      cookieEcho: cookieEcho)
  }
}
