package import Primitives

extension Profile {
  /// The keys of a configuration file's table `[profile.NAME]`, and what each means.
  package enum OverrideKey: String, CaseIterable, Sendable {
    case base
    case key1
    case key2
    case aesKey = "aes-key"
    case userAgent = "user-agent"
    case noncePath = "nonce-path"
    case historyPath = "history-path"
    case informPath = "inform-path"
    case initPath = "init-path"
    case downloadPath = "download-path"
    case protocolVersionHeader = "protocol-version-header"
    case newauth
    case history
    case deviceID = "device-id"
    case clientVersion = "client-version"
    case cookies

    /// One line for the person who writes the table, without a full stop.
    package var explanation: String {
      switch self {
      case .base:
        "the built-in profile that this one begins as: its namesake or else \(Profile.smart) if not given"
      case .key1: "32 characters, which decode nonces; for profiles of the kies kind"
      case .key2: "16 characters, the second half of the signing key; for profiles of the kies kind"
      case .aesKey: "32 hexadecimal digits, which sign nonces; for profiles of the smart kind"
      case .userAgent: "what the program calls itself"
      case .noncePath: "the endpoint that opens a session"
      case .historyPath: "the endpoint that lists releases"
      case .informPath: "the endpoint that describes a release"
      case .initPath: "the endpoint that announces a download"
      case .downloadPath: "the endpoint that gives bytes"
      case .protocolVersionHeader: "the value of X-FUS-Protocol-Ver; empty to leave it out"
      case .newauth: "whether authorisations end with newauth: true or false"
      case .history: "where releases are listed: smart-history or version-list"
      case .deviceID: "what inform says about the phone: none, imei-or-serial or imei"
      case .clientVersion: "the value of CLIENT_VERSION; empty to leave it out"
      case .cookies: "which cookies go back to the server: session or all"
      }
    }
  }

  /// A profile that begins as another one and differs in what the table says.
  ///
  /// It begins as the built-in profile that the key `base` names; without that, as the built-in one of its own name,
  /// and else as `smart`. Throws a sentence that names the key at fault.
  package init(name: String, overrides: [String: String]) throws(Failure) {
    if let base = overrides[OverrideKey.base.rawValue] {
      guard let profile = Self.builtIn.first(where: { $0.name == base }) else {
        throw Self.fault(name, .base, "names none of \(Self.builtIn.map(\.name).joined(separator: ", "))")
      }
      self = profile
    } else {
      self = Self.builtIn.first { $0.name == name } ?? .smart
    }
    self.name = name
    for (text, value) in overrides.sorted(by: { $0.key < $1.key }) {
      guard let key = OverrideKey(rawValue: text) else {
        throw Failure(
          .invalid, "The profile \(name) has a key that is not known: \(text).",
          cure: "Known are \(OverrideKey.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      try apply(key, value)
    }
  }

  private mutating func apply(_ key: OverrideKey, _ value: String) throws(Failure) {
    switch key {
    case .base: break
    case .key1, .key2, .aesKey: try applyKey(key, value)
    case .userAgent: userAgent = try headerValue(key, value)
    case .noncePath: endpoints.nonce = try path(key, value)
    case .historyPath: endpoints.history = try path(key, value)
    case .informPath: endpoints.inform = try path(key, value)
    case .initPath: endpoints.initialize = try path(key, value)
    case .downloadPath: endpoints.download = try path(key, value)
    case .protocolVersionHeader: protocolVersion = value.isEmpty ? nil : try headerValue(key, value)
    case .newauth: newAuthorization = try choice(key, value, ["true": true, "false": false])
    case .history:
      historySource = try choice(key, value, ["smart-history": .smartHistory, "version-list": .versionList])
    case .deviceID: deviceRequirement = try choice(key, value)
    case .clientVersion: clientVersion = value.isEmpty ? nil : try headerValue(key, value)
    case .cookies: cookieEcho = try choice(key, value)
    }
  }

  private mutating func applyKey(_ key: OverrideKey, _ value: String) throws(Failure) {
    switch (scheme, key) {
    case (.kies(_, let key2), .key1):
      scheme = .kies(key1: try characters(key, value, count: 32), key2: key2)
    case (.kies(let key1, _), .key2):
      scheme = .kies(key1: key1, key2: try characters(key, value, count: 16))
    case (.smart, .aesKey):
      guard let bytes = value.hexadecimalBytes, bytes.count == 16 else {
        throw Self.fault(name, key, "is not 32 hexadecimal digits")
      }
      scheme = .smart(key: bytes)
    case (.kies, _): throw Self.fault(name, key, "does not belong to a profile of the kies kind")
    case (.smart, _): throw Self.fault(name, key, "belongs to profiles of the kies kind: set base")
    }
  }

  private func characters(_ key: OverrideKey, _ value: String, count: Int) throws(Failure) -> [UInt8] {
    guard value.utf8.count == count, value.utf8.allSatisfy(\.isPrintable) else {
      throw Self.fault(name, key, "does not have \(count) characters")
    }
    return Array(value.utf8)
  }

  private func headerValue(_ key: OverrideKey, _ value: String) throws(Failure) -> String {
    guard (1...200).contains(value.utf8.count), value.utf8.allSatisfy(\.isPrintable) else {
      throw Self.fault(name, key, "is not one line of 1 to 200 plain characters")
    }
    return value
  }

  private func path(_ key: OverrideKey, _ value: String) throws(Failure) -> String {
    guard (1...200).contains(value.utf8.count),
      value.utf8.allSatisfy({ $0.isAlphanumeric || "/._-".utf8.contains($0) }), !value.hasPrefix("/")
    else { throw Self.fault(name, key, "is not a plain path without a slash before it") }
    return value
  }

  private func choice<Value>(_ key: OverrideKey, _ text: String, _ values: [String: Value]) throws(Failure)
    -> Value
  {
    guard let value = values[text] else {
      throw Self.fault(name, key, "is none of \(values.keys.sorted().joined(separator: ", "))")
    }
    return value
  }

  private func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ key: OverrideKey, _ text: String
  ) throws(Failure) -> Value {
    try choice(key, text, Dictionary(uniqueKeysWithValues: Value.allCases.map { ($0.rawValue, $0) }))
  }

  private static func fault(_ profile: String, _ key: OverrideKey, _ what: String) -> Failure {
    Failure(.invalid, "The key \(key.rawValue) of the profile \(profile) \(what).")
  }
}
