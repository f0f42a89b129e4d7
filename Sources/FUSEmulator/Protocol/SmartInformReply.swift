/// The fields of an inform reply as the smart generation gives them, in the real server's order.
enum SmartInformReply {
  static func message(_ facts: InformFacts, status: String) -> ReplyMessage {
    ReplyMessage(
      look: .smart, messageID: 2, status: status, results: [ReplyField("BINARY_SW_VERSION", facts.version)],
      put: [
        ReplyField("BINARY_CRC", String(facts.crc32)), ReplyField("SN_TYPE"),
        ReplyField("BINARY_SIZE", facts.sizeInKibibytes), ReplyField("BINARY_BYTE_SIZE", facts.byteSize),
        ReplyField("BINARY_NAME", facts.binaryName), ReplyField("BINARY_LOCAL_CODE", facts.region),
        ReplyField("BINARY_BUYER_CODE", facts.buyerCode), ReplyField("BINARY_MODEL_NAME", facts.model),
        ReplyField("DEVICE_MODEL_TYPE", facts.modelType), ReplyField("MODEL_PATH", facts.modelPath),
        ReplyField("BINARY_MODEL_DISPLAYNAME", facts.displayName),
        ReplyField("BINARY_SW_VERSION", facts.version), ReplyField("BINARY_SW_DISPLAYVERSION", facts.version),
        ReplyField("BINARY_TYPE", "0"), ReplyField("DEVICE_PLATFORM", "Android"),
        member("DEVICE_BOOT_FILE", facts), member("DEVICE_PDA_CODE1_FILE", facts),
        ReplyField("DEVICE_CSC_CODE2_FILE"), member("DEVICE_PHONE_FONT_FILE", facts),
        member("DEVICE_CSC_FILE", facts), ReplyField("DEVICE_PIT_FILE"),
        ReplyField("LOGIC_OPTION_HOME", "1"), ReplyField("LOGIC_VALUE_HOME", facts.logicValueHome),
        ReplyField("LOGIC_OPTION_FACTORY", "1"), ReplyField("LOGIC_VALUE_FACTORY", facts.logicValueFactory),
        ReplyField("SHARING_BINARY", "1"), member("DEVICE_CSC_HOME_FILE", facts),
        ReplyField("USER_DATA_BINARY", facts.member("DEVICE_USER_DATA_FILE").isEmpty ? "0" : "1"),
        member("DEVICE_USER_DATA_FILE", facts),
      ])
  }

  private static func member(_ tag: String, _ facts: InformFacts) -> ReplyField {
    ReplyField(tag, facts.member(tag))
  }
}
