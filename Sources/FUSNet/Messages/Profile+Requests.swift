import Primitives

/// The bodies of the POSTs.
///
///     <FUSMsg>
///       <FUSHdr><ProtoVer>1.0</ProtoVer></FUSHdr>
///       <FUSBody><Put> <TAG><Data>value</Data></TAG>… </Put></FUSBody>
///     </FUSMsg>
///
/// The smart profile numbers its messages and commands:
///
///     <FUSMsg>
///       <FUSHdr><ProtoVer>1</ProtoVer><SessionID>0</SessionID><MsgID>1</MsgID></FUSHdr>
///       <FUSBody>
///         <Put><CmdID>1</CmdID> <TAG><Data>value</Data></TAG>… </Put>
///         [<Get><CmdID>2</CmdID><BINARY_SW_VERSION></BINARY_SW_VERSION></Get>]
///       </FUSBody>
///     </FUSMsg>
extension Profile {
  /// Asks for one release's package.
  func informRequest(
    model: DeviceModel, region: RegionCode, version: FirmwareVersion, nature: BinaryNature,
    identity: DeviceIdentity?, nonce: Nonce
  ) throws(Failure) -> [UInt8] {
    try require(identity)
    let logicCheck = try LogicCheck.value(version.description, nonce: nonce.plain)
    var fields: [(String, String)]
    switch scheme {
    case .kies:
      fields = [
        ("ACCESS_MODE", "2"), ("BINARY_NATURE", String(nature.rawValue)), ("CLIENT_PRODUCT", "Smart Switch"),
      ]
      if let clientVersion { fields.append(("CLIENT_VERSION", clientVersion)) }
      if deviceRequirement != .nothing, let identity { fields.append(("DEVICE_IMEI_PUSH", identity.value)) }
      fields += [
        ("DEVICE_FW_VERSION", version.description), ("DEVICE_LOCAL_CODE", region.description),
        ("DEVICE_MODEL_NAME", model.description), ("LOGIC_CHECK", logicCheck),
      ]
    case .smart:
      fields = [
        ("ACCESS_MODE", "1"), ("BINARY_NATURE", String(nature.rawValue)), ("REQUEST_TYPE", "2"),
        ("LOGIC_CHECK", logicCheck), ("BINARY_SW_VERSION", version.description),
        ("DEVICE_SN_NUMBER", deviceRequirement == .nothing ? "" : identity?.value ?? ""),
        ("BINARY_LOCAL_CODE", region.description), ("BINARY_MODEL_NAME", model.description),
      ]
    }
    return message(fields + countryFields(region), get: "BINARY_SW_VERSION")
  }

  /// Asks for the list of releases; smart profiles only.
  func historyRequest(model: DeviceModel, region: RegionCode) -> [UInt8] {
    message([
      ("ACCESS_MODE", "1"), ("BINARY_LOCAL_CODE", region.description),
      ("BINARY_MODEL_NAME", model.description),
    ])
  }

  /// Asks to be authorised for one file's bytes.
  func initRequest(_ binary: RemoteBinary, nonce: Nonce) throws(Failure) -> [UInt8] {
    let logicCheck = try LogicCheck.value(LogicCheck.initInput(fileName: binary.name), nonce: nonce.plain)
    switch scheme {
    case .kies:
      return message([("BINARY_FILE_NAME", binary.name), ("LOGIC_CHECK", logicCheck)])
    case .smart:
      return message([
        ("BINARY_NAME", binary.name), ("BINARY_SW_VERSION", binary.version.description),
        ("DEVICE_LOCAL_CODE", binary.region.description), ("DEVICE_MODEL_TYPE", binary.modelType),
        ("LOGIC_CHECK", logicCheck),
      ])
    }
  }

  /// Throws if this profile's server would answer only with a refusal for want of a device's number.
  private func require(_ identity: DeviceIdentity?) throws(Failure) {
    let isEnough =
      switch deviceRequirement {
      case .nothing: true
      case .imeiOrSerial: identity != nil
      case .imei: identity?.kind == .imei
      }
    guard isEnough else {
      throw Failure(
        .accessDenied, "The protocol \(name) needs the IMEI of a phone of this model.",
        cure: "Give one with --imei, or choose --protocol smart.")
    }
  }

  /// What the two regions that stand for all of Europe must add: a country and a network in it.
  private func countryFields(_ region: RegionCode) -> [(String, String)] {
    let country: [(String, String)]
    switch region.description {
    case "EUX": country = [("DEVICE_CC_CODE", "DE"), ("MCC_NUM", "262"), ("MNC_NUM", "01")]
    case "EUY": country = [("DEVICE_CC_CODE", "RS"), ("MCC_NUM", "220"), ("MNC_NUM", "01")]
    default: return []
    }
    if case .kies = scheme { return [("DEVICE_AID_CODE", region.description)] + country }
    return country
  }

  private func message(_ fields: [(String, String)], get: String? = nil) -> [UInt8] {
    let values = fields.map { XMLElement($0.0, children: [XMLElement("Data", text: $0.1)]) }
    let header: [XMLElement]
    var body: [XMLElement]
    switch scheme {
    case .kies:
      header = [XMLElement("ProtoVer", text: "1.0")]
      body = [XMLElement("Put", children: values)]
    case .smart:
      header = [
        XMLElement("ProtoVer", text: "1"), XMLElement("SessionID", text: "0"), XMLElement("MsgID", text: "1"),
      ]
      body = [XMLElement("Put", children: [XMLElement("CmdID", text: "1")] + values)]
      if let get {
        body.append(XMLElement("Get", children: [XMLElement("CmdID", text: "2"), XMLElement(get)]))
      }
    }
    return XMLElement(
      "FUSMsg", children: [XMLElement("FUSHdr", children: header), XMLElement("FUSBody", children: body)]
    ).serialized
  }
}
