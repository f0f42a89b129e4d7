import Testing

@testable import FUSEmulator

@Suite struct RequestParsingTests {
  @Test func authorizationWithAllParts() throws {
    let header = try #require(
      AuthorizationHeader(#"FUS nonce="a=b", signature="c", nc="", type="", realm="", newauth="1""#))
    #expect(header.nonce == "a=b")
    #expect(header.signature == "c")
    #expect(header.isPlain && header.newAuthorization)
  }

  @Test(arguments: [
    #"Basic nonce="", signature="", nc="", type="", realm="""#,
    #"FUS nonce="", signature="", nc="", type="""#,
    #"FUS nonce=, signature="", nc="", type="", realm="""#,
    #"FUS nonce="", nonce="", signature="", nc="", type="", realm="""#,
    #"FUS nonce="", signature="", nc="", type="", realm="", newauth="0""#,
    #"FUS nonce="", signature="", nc="", type="", realm="", other="""#,
    "FUS ", "",
  ])
  func authorizationThatIsNone(text: String) {
    #expect(AuthorizationHeader(text) == nil)
  }

  @Test func message() throws {
    let xml = """
      <FUSMsg><FUSHdr><ProtoVer>1</ProtoVer></FUSHdr><FUSBody>
      <Put><CmdID>1</CmdID><A><Data>a&amp;b</Data></A><B><Data/></B></Put>
      <Get><CmdID>2</CmdID><C/></Get></FUSBody></FUSMsg>
      """
    let message = try RequestMessage(xml: Array(xml.utf8))
    #expect(message.header == ["ProtoVer": "1"])
    #expect(message.fields == ["A": "a&b", "B": ""])
    #expect(message.commandID == "1")
    #expect(message.wanted == ["CmdID", "C"])
  }

  @Test(arguments: [
    "", "text", "<FUSMsg>", "<Other/>", "<FUSMsg><FUSBody/></FUSMsg>",
    "<FUSMsg><FUSBody><Put><A>value</A></Put></FUSBody></FUSMsg>",
    "<FUSMsg><FUSBody><Put><A><Data/></A><A><Data/></A></Put></FUSBody></FUSMsg>",
    "<!DOCTYPE FUSMsg [<!ENTITY e 'x'>]><FUSMsg><FUSBody><Put><A><Data>&e;</Data></A></Put></FUSBody></FUSMsg>",
  ])
  func messageThatIsNone(xml: String) {
    #expect(throws: EmulatorFailure.self) { try RequestMessage(xml: Array(xml.utf8)) }
  }

  @Test(arguments: [
    (nil, ByteRange.whole), ("bytes=0-0", .part(first: 0, last: 0)),
    ("bytes=10-", .part(first: 10, last: 99)),
    ("bytes=90-200", .part(first: 90, last: 99)), ("bytes=-10", .part(first: 90, last: 99)),
    ("bytes=-200", .part(first: 0, last: 99)), ("bytes=100-", .unsatisfiable),
    ("bytes=100-200", .unsatisfiable),
    ("bytes=-0", .unsatisfiable), ("bytes=20-10", .whole), ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole),
    ("bytes=-", .whole), ("bytes=18446744073709551616-", .whole),
  ])
  func range(header: String?, range: ByteRange) {
    #expect(ByteRange(header, size: 100) == range)
  }

  @Test func deviceNumbers() {
    #expect(DeviceNumber.isIMEI(TestClient.imei))
    #expect(!DeviceNumber.isIMEI("490154203237519"))
    #expect(!DeviceNumber.isIMEI("49015420323751"))
    #expect(DeviceNumber.isSerialNumber("R58M123ABCD"))
    #expect(!DeviceNumber.isSerialNumber("r58m123abcd"))
  }

  @Test func bodyBeyondTheLimitIsNotKept() {
    var request = Request(method: "POST", target: "/")
    request.append([UInt8](repeating: 0, count: Request.bodyLimit))
    #expect(!request.bodyIsTooLong)
    request.append([0])
    #expect(request.bodyIsTooLong && request.body.count == Request.bodyLimit)
  }
}
