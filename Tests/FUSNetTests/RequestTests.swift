import Primitives
import Testing

@testable import FUSNet

struct RequestTests {
  private let nonceText = "abcdefghij012345"

  private func inform(_ profile: Profile, region: String = "SER", identity: String? = nil) throws -> String {
    let header = profile.name == "smart" ? nonceText : "DQ+RCjVSqoUo00BpLuw3C+wJDjQU1V/orpgpq0o30Sc="
    let scheme = profile.name == "smart" ? profile.scheme : Profile.kies3.scheme
    let bytes = try profile.informRequest(
      model: Sample.model(), region: #require(RegionCode(region)), version: Sample.version(),
      nature: .factory,
      identity: identity.flatMap { DeviceIdentity($0) }, nonce: Nonce(header: header, scheme: scheme))
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func smartInform() throws {
    #expect(
      try inform(.smart) == """
        <FUSMsg><FUSHdr><ProtoVer>1</ProtoVer><SessionID>0</SessionID><MsgID>1</MsgID></FUSHdr><FUSBody><Put>\
        <CmdID>1</CmdID><ACCESS_MODE><Data>1</Data></ACCESS_MODE><BINARY_NATURE><Data>1</Data></BINARY_NATURE>\
        <REQUEST_TYPE><Data>2</Data></REQUEST_TYPE><LOGIC_CHECK><Data>207FXXU2CUA207FX</Data></LOGIC_CHECK>\
        <BINARY_SW_VERSION><Data>\(Sample.versionText)</Data></BINARY_SW_VERSION>\
        <DEVICE_SN_NUMBER><Data></Data></DEVICE_SN_NUMBER><BINARY_LOCAL_CODE><Data>SER</Data></BINARY_LOCAL_CODE>\
        <BINARY_MODEL_NAME><Data>SM-A207F</Data></BINARY_MODEL_NAME></Put>\
        <Get><CmdID>2</CmdID><BINARY_SW_VERSION></BINARY_SW_VERSION></Get></FUSBody></FUSMsg>
        """)
  }

  @Test func kiesInform() throws {
    #expect(
      try inform(.kies1) == """
        <FUSMsg><FUSHdr><ProtoVer>1.0</ProtoVer></FUSHdr><FUSBody><Put><ACCESS_MODE><Data>2</Data></ACCESS_MODE>\
        <BINARY_NATURE><Data>1</Data></BINARY_NATURE><CLIENT_PRODUCT><Data>Smart Switch</Data></CLIENT_PRODUCT>\
        <DEVICE_FW_VERSION><Data>\(Sample.versionText)</Data></DEVICE_FW_VERSION>\
        <DEVICE_LOCAL_CODE><Data>SER</Data></DEVICE_LOCAL_CODE>\
        <DEVICE_MODEL_NAME><Data>SM-A207F</Data></DEVICE_MODEL_NAME>\
        <LOGIC_CHECK><Data>207FXXU2CUA207FX</Data></LOGIC_CHECK></Put></FUSBody></FUSMsg>
        """)
    let newer = try inform(.kies3, identity: "356789012345678")
    #expect(newer.contains("<CLIENT_VERSION><Data>4.3.23123_1</Data></CLIENT_VERSION>"))
    #expect(newer.contains("<DEVICE_IMEI_PUSH><Data>356789012345678</Data></DEVICE_IMEI_PUSH>"))
    #expect(try inform(.kies2, identity: "R58M123ABCD").contains("<Data>R58M123ABCD</Data>"))
  }

  @Test func anIdentityIsSentOnlyWhereItIsWanted() throws {
    for profile in [Profile.smart, .kies1] {
      #expect(try !inform(profile, identity: "356789012345678").contains("356789012345678"))
    }
  }

  @Test func aMissingIdentityIsSaidBeforeAnythingIsSent() {
    for (profile, identity) in [(Profile.kies2, nil), (.kies3, nil), (.kies3, "R58M123ABCD")]
      as [(Profile, String?)]
    {
      #expect { try inform(profile, identity: identity) } throws: { error in
        (error as? Failure)?.code == .accessDenied && "\(error)".contains("--imei")
      }
    }
  }

  @Test func europeAddsACountry() throws {
    let smart = try inform(.smart, region: "EUX")
    #expect(
      smart.contains(
        "<DEVICE_CC_CODE><Data>DE</Data></DEVICE_CC_CODE><MCC_NUM><Data>262</Data></MCC_NUM><MNC_NUM><Data>01</Data></MNC_NUM>"
      ))
    #expect(!smart.contains("DEVICE_AID_CODE"))
    #expect(try inform(.kies1, region: "EUX").contains("<DEVICE_AID_CODE><Data>EUX</Data></DEVICE_AID_CODE>"))
    #expect(try inform(.smart, region: "EUY").contains("<MCC_NUM><Data>220</Data></MCC_NUM>"))
  }

  @Test func initRequests() throws {
    let smart = try Profile.smart.initRequest(
      Sample.binary(), nonce: Nonce(header: nonceText, scheme: Profile.smart.scheme))
    let text = String(decoding: smart, as: UTF8.self)
    #expect(
      text.contains("<BINARY_NAME><Data>\(Sample.packageName)</Data></BINARY_NAME><BINARY_SW_VERSION>"))
    #expect(
      text.contains(
        "<DEVICE_LOCAL_CODE><Data>SER</Data></DEVICE_LOCAL_CODE><DEVICE_MODEL_TYPE><Data>9</Data>"))
    #expect(text.contains("<LOGIC_CHECK><Data>_g3wsdfg485_g3ws</Data></LOGIC_CHECK>"))
    let kies = try Profile.kies3.initRequest(
      Sample.binary(),
      nonce: Nonce(header: "DQ+RCjVSqoUo00BpLuw3C+wJDjQU1V/orpgpq0o30Sc=", scheme: Profile.kies3.scheme))
    #expect(
      String(decoding: kies, as: UTF8.self).contains(
        "<Put><BINARY_FILE_NAME><Data>\(Sample.packageName)</Data></BINARY_FILE_NAME><LOGIC_CHECK><Data>_g3wsdfg485_g3ws</Data></LOGIC_CHECK></Put>"
      ))
    #expect(throws: Failure.self) {
      try Profile.smart.initRequest(
        Sample.binary(name: "short.zip"), nonce: Nonce(header: nonceText, scheme: Profile.smart.scheme))
    }
  }

  @Test func valuesAreEscapedAndComeBack() throws {
    let element = XMLElement("A", children: [XMLElement("B", text: "<&>\"'é]]>")])
    #expect(try XMLElement(parsing: element.serialized) == element)
  }
}
