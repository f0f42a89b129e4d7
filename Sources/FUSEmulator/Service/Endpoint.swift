/// What a path of the server is for.
enum Endpoint: Equatable, Sendable {
  /// One step of the protocol, in the kies look or the smart one.
  case step(Step, smart: Bool)
  /// The version list of a region and model.
  case versionList(region: String, model: String)
  /// A package as a plain file, or the list of them where the name is empty.
  case plainFile(String)
  /// The part of the server that tests talk to; the name after `/emulator/`.
  case inspection(String)

  enum Step: String, Sendable, CaseIterable {
    case nonce, history, inform
    case initialise = "init"
    case data
  }

  init?(path: String) {
    switch path {
    case "/NF_DownloadGenerateNonce.do": self = .step(.nonce, smart: false)
    case "/NF_DownloadBinaryInform.do": self = .step(.inform, smart: false)
    case "/NF_DownloadBinaryInitForMass.do": self = .step(.initialise, smart: false)
    case "/NF_DownloadBinaryForMass.do": self = .step(.data, smart: false)
    case "/NF_SmartDownloadGenerateNonce.do": self = .step(.nonce, smart: true)
    case "/SmartHistory.do": self = .step(.history, smart: true)
    case "/NF_SmartDownloadBinaryInform.do": self = .step(.inform, smart: true)
    case "/NF_SmartDownloadBinaryInitForMass.do": self = .step(.initialise, smart: true)
    case "/NF_SmartDownloadBinaryForMass.do": self = .step(.data, smart: true)
    default:
      let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      if parts.count == 5, parts[0].isEmpty, parts[1] == "firmware", parts[4] == "version.xml" {
        self = .versionList(region: parts[2], model: parts[3])
      } else if path == "/emulator/files" || path.hasPrefix("/emulator/files/") {
        self = .plainFile(String(path.dropFirst("/emulator/files/".count)))
      } else if path.hasPrefix("/emulator/") {
        self = .inspection(String(path.dropFirst("/emulator/".count)))
      } else {
        return nil
      }
    }
  }

  /// The name under which requests are counted; nothing for what is not counted.
  var counter: String? {
    switch self {
    case .step(let step, _): step.rawValue
    case .versionList: "version"
    case .plainFile, .inspection: nil
    }
  }
}
