/// One generation of the protocol as data: keys, endpoints and habits. Keys rotate, so a configuration file may
/// override any of it.
package struct Profile: Sendable, Equatable {
  /// How nonces are decoded and signed; also chooses the shape of the messages.
  enum Scheme: Sendable, Equatable {
    /// The nonce comes encrypted. `key1` has 32 bytes, `key2` 16.
    case kies(key1: [UInt8], key2: [UInt8])
    /// The nonce comes plain and is signed with an AES-128 key of 16 bytes.
    case smart(key: [UInt8])
  }

  /// The names of the endpoints under the servers' roots.
  struct Endpoints: Sendable, Equatable {
    var nonce: String
    var history: String
    var inform: String
    var initialize: String
    var download: String
  }

  /// Where the list of releases comes from.
  package enum HistorySource: Sendable, Equatable {
    /// A POST to the control server.
    case smartHistory
    /// The file version.xml, which needs no authorisation.
    case versionList
  }

  /// What inform must say about the phone.
  enum DeviceRequirement: String, Sendable, CaseIterable {
    case nothing = "none"
    case imeiOrSerial = "imei-or-serial"
    case imei
  }

  /// Which of the server's cookies go back to it.
  enum CookieEcho: String, Sendable, CaseIterable {
    case session
    case all
  }

  package internal(set) var name: String
  var scheme: Scheme
  var endpoints: Endpoints
  var userAgent: String
  /// The header `X-FUS-Protocol-Ver`, if it is sent.
  var protocolVersion: String?
  /// Whether authorisations end with `newauth="1"`.
  var newAuthorization: Bool
  package internal(set) var historySource: HistorySource
  var deviceRequirement: DeviceRequirement
  /// The field CLIENT_VERSION of a kies inform, if it is sent.
  var clientVersion: String?
  var cookieEcho: CookieEcho

  /// The header fields that every request of this profile carries.
  var headers: [HTTPField] {
    [HTTPField("User-Agent", userAgent)]
      + (protocolVersion.map { [HTTPField("X-FUS-Protocol-Ver", $0)] } ?? [])
  }
}

extension Profile: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { name }
  package var debugDescription: String { name }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
