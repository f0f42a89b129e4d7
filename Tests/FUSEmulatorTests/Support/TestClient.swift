import CCrypto
import Testing

@testable import FUSEmulator

/// The least client that a server must be content with; a test bends one request at a time.
final class TestClient {
  /// A number with a right check digit.
  static let imei = "490154203237518"

  typealias Fields = [(tag: String, value: String)]

  let generation: Generation
  let transport: any Transport
  private(set) var cookies: [(name: String, value: String)] = []
  /// As it came in the header.
  private(set) var sealedNonce = ""
  private(set) var nonce = ""

  init(_ generation: Generation, _ transport: any Transport) {
    self.generation = generation
    self.transport = transport
  }

  private var isSmart: Bool { generation == .smart }
  private var prefix: String { isSmart ? "/NF_SmartDownload" : "/NF_Download" }
  private var signature: String { nonce.isEmpty ? "" : generation.signature(nonce: nonce) }

  /// The headers of a request, before a test changes them.
  func headers(nonce: String = "", cookies: Bool = true) -> [String: String] {
    let end = isSmart ? "" : ", newauth=\"1\""
    var headers = [
      "authorization": #"FUS nonce="\#(nonce)", signature="\#(signature)", nc="", type="", realm="""# + end,
      "user-agent": generation.userAgent,
    ]
    if cookies, !self.cookies.isEmpty {
      headers["cookie"] = self.cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
    }
    if let version = generation.protocolHeader { headers["x-fus-protocol-ver"] = version }
    return headers
  }

  @discardableResult
  func generateNonce(changing: (inout [String: String]) -> Void = { _ in }, body: String = "") throws -> Reply
  {
    try post(prefix + "GenerateNonce.do", body: Array(body.utf8), changing)
  }

  @discardableResult
  func history(
    model: String = "SM-A207F", signed: String? = nil, region: String = "SER",
    changing: (inout [String: String]) -> Void = { _ in }
  ) throws -> Reply {
    let clientNonce = "abcdefghij012345"
    let signature = HistorySignature.text(nonce: clientNonce, model: signed ?? model)
    let fields = [("ACCESS_MODE", "1"), ("BINARY_LOCAL_CODE", region), ("BINARY_MODEL_NAME", model)]
    let body = message(fields, header: ["1", "0", "1"], command: true)
    return try post("/SmartHistory.do", body: body) { headers in
      headers["authorization"] =
        #"FUS nonce="\#(clientNonce)", signature="\#(signature)", nc="00000001", type="auth", realm="interface""#
      changing(&headers)
    }
  }

  /// The fields of an inform request, with a right check.
  func informFields(version: String = TestRelease.version, region: String = "SER", nature: String = "1")
    -> Fields
  {
    let check = LogicCheck.text(version, nonce: nonce) ?? ""
    guard !isSmart else {
      return [
        ("ACCESS_MODE", "1"), ("BINARY_NATURE", nature), ("REQUEST_TYPE", "2"), ("LOGIC_CHECK", check),
        ("BINARY_SW_VERSION", version), ("DEVICE_SN_NUMBER", ""), ("BINARY_LOCAL_CODE", region),
        ("BINARY_MODEL_NAME", "SM-A207F"),
      ]
    }
    let device = [("CLIENT_VERSION", "4.3.23123_1"), ("DEVICE_IMEI_PUSH", Self.imei)]
    return [("ACCESS_MODE", "2"), ("BINARY_NATURE", nature), ("CLIENT_PRODUCT", "Smart Switch")]
      + (generation == .kies1 ? [] : device) + [
        ("DEVICE_FW_VERSION", version), ("DEVICE_LOCAL_CODE", region), ("DEVICE_MODEL_NAME", "SM-A207F"),
        ("LOGIC_CHECK", check),
      ]
  }

  @discardableResult
  func inform(_ fields: Fields? = nil, changing: (inout [String: String]) -> Void = { _ in }) throws -> Reply
  {
    let body = message(
      fields ?? informFields(), header: isSmart ? ["1", "0", "1"] : ["1.0"], command: isSmart,
      get: isSmart ? "<Get><CmdID>2</CmdID><BINARY_SW_VERSION/></Get>" : "")
    return try post(prefix + "BinaryInform.do", body: body, changing)
  }

  /// The fields of an init request, with a right check.
  func initialiseFields(_ name: String, version: String = TestRelease.version) -> Fields {
    let check = LogicCheck.text(LogicCheck.input(fileName: name), nonce: nonce) ?? ""
    guard isSmart else { return [("BINARY_FILE_NAME", name), ("LOGIC_CHECK", check)] }
    return [
      ("BINARY_NAME", name), ("BINARY_SW_VERSION", version), ("DEVICE_LOCAL_CODE", "SER"),
      ("DEVICE_MODEL_TYPE", "9"), ("LOGIC_CHECK", check),
    ]
  }

  @discardableResult
  func initialise(_ fields: Fields, changing: (inout [String: String]) -> Void = { _ in }) throws -> Reply {
    let body = message(fields, header: isSmart ? ["1", "0", "1"] : ["1.0"], command: false)
    return try post(prefix + "BinaryInitForMass.do", body: body, changing)
  }

  /// GenerateNonce and Init: all that a GET needs.
  func authorise(_ release: TestRelease) throws {
    try generateNonce()
    let reply = try initialise(initialiseFields(release.name))
    try #require(reply.bodyStatus == generation.goodStatus)
  }

  /// A GET's request.
  func getRequest(
    _ path: String, range: String? = nil, changing: (inout [String: String]) -> Void = { _ in }
  ) -> Request {
    var headers = headers(nonce: sealedNonce, cookies: false)
    headers["range"] = range
    changing(&headers)
    return Request(
      method: "GET", target: "\(prefix)BinaryForMass.do?file=\(path)",
      headers: headers.map { ($0.key, $0.value) })
  }

  @discardableResult
  func get(
    _ path: String, range: String? = nil, changing: (inout [String: String]) -> Void = { _ in }
  ) throws -> Reply {
    try take(transport.send(getRequest(path, range: range, changing: changing)))
  }

  private func post(
    _ path: String, body: [UInt8], _ changing: (inout [String: String]) -> Void
  ) throws -> Reply {
    var headers = headers()
    changing(&headers)
    let list = headers.map { (name: $0.key, value: $0.value) }
    return try take(transport.send(Request(method: "POST", target: path, headers: list, body: body)))
  }

  /// Keeps what a reply hands out.
  private func take(_ reply: Reply) throws -> Reply {
    for cookie in reply.values("Set-Cookie") {
      let parts = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
      cookies = cookies.filter { $0.name != parts[0] } + [(parts[0], parts[1])]
    }
    if let sealed = reply.values("NONCE").first {
      sealedNonce = sealed
      nonce = isSmart ? sealed : try unsealed(sealed)
    }
    return reply
  }

  private func message(_ fields: Fields, header: [String], command: Bool, get: String = "") -> [UInt8] {
    let names = ["ProtoVer", "SessionID", "MsgID"]
    let head = zip(names, header).map { "<\($0)>\($1)</\($0)>" }.joined()
    let put = fields.map { "<\($0.tag)><Data>\($0.value)</Data></\($0.tag)>" }.joined()
    let number = command ? "<CmdID>1</CmdID>" : ""
    let body = "<Put>\(number)\(put)</Put>\(get)"
    return Array("<FUSMsg><FUSHdr>\(head)</FUSHdr><FUSBody>\(body)</FUSBody></FUSMsg>".utf8)
  }

  /// The plain nonce of a kies header: base64, then AES-256-CBC.
  private func unsealed(_ text: String) throws -> String {
    guard case .kies(let key, _) = generation.keys else { return text }
    var sealed = [UInt8](repeating: 0, count: text.utf8.count)
    let count = unsafe EVP_DecodeBlock(&sealed, Array(text.utf8), Int32(text.utf8.count))
    try #require(count == 33)
    let context = unsafe EVP_CIPHER_CTX_new()
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    var plain = [UInt8](repeating: 0, count: 48)
    var length: Int32 = 0
    let begun = unsafe EVP_DecryptInit_ex(context, EVP_aes_256_cbc(), nil, key, Array(key[..<16]))
    let done = unsafe EVP_DecryptUpdate(context, &plain, &length, sealed, 32)
    try #require(begun == 1 && done == 1 && length == 16)
    return String(decoding: plain[..<16], as: UTF8.self)
  }
}

extension [(tag: String, value: String)] {
  /// The fields with one value replaced, or taken away where none is given.
  func with(_ tag: String, _ value: String?) -> TestClient.Fields {
    flatMap { field in field.tag != tag ? [field] : value.map { [(tag, $0)] } ?? [] }
  }
}

extension Generation: CustomTestStringConvertible {
  public var testDescription: String { name.rawValue }
}
