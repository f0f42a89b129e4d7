/// The fields of an inform reply as the kies generations give them, in the real server's order.
enum KiesInformReply {
  static func message(_ facts: InformFacts, status: String) -> ReplyMessage {
    ReplyMessage(
      look: .kies, messageID: 2, status: status, results: [ReplyField("LATEST_FW_VERSION", facts.version)],
      put: binary(facts) + files(facts) + versions(facts) + presentation(facts) + keys(facts))
  }

  /// What the file is.
  private static func binary(_ facts: InformFacts) -> [ReplyField] {
    let description = "https://doc.samsungmobile.com/\(facts.model)/\(facts.region)/doc.html"
    return [
      ReplyField("BINARY_CRC", String(facts.crc32)), ReplyField("BINARY_NAME", facts.binaryName),
      ReplyField("BINARY_SIZE", facts.sizeInKibibytes), ReplyField("BINARY_BYTE_SIZE", facts.byteSize),
      ReplyField("DESCRIPTION", description), ReplyField("DESCRIPTION_FLAG", "1"),
      ReplyField("SUPPORT_HIDDEN", "0"), ReplyField("FW_INDEX", "2"),
      ReplyField("DEVICE_MODEL_NAME", facts.model), ReplyField("DEVICE_MODEL_TYPE", facts.modelType),
      ReplyField("MODEL_PATH", facts.modelPath), ReplyField("DEVICE_BUYER_CODE", facts.buyerCode),
      ReplyField("DEVICE_LOCAL_CODE", facts.region), ReplyField("DEVICE_AID_CODE"),
      ReplyField("DEVICE_CC_CODE"), ReplyField("ANNOUNCE_FLAG", "0"), ReplyField("ANNOUNCE"),
      ReplyField("NOTIFY", "1"), ReplyField("LAST_MODIFIED", facts.lastModified),
      ReplyField("DEVICE_PLATFORM", "Android"), ReplyField("PLATFORM_SUPPORT", "0"),
    ]
  }

  /// The package's members, and addresses that no phone uses any more.
  private static func files(_ facts: InformFacts) -> [ReplyField] {
    [
      ReplyField("DEVICE_BOOT_FILE", facts.member("DEVICE_BOOT_FILE")),
      ReplyField("DEVICE_PDA_CODE1_FILE", facts.member("DEVICE_PDA_CODE1_FILE")),
      ReplyField("DEVICE_CSC_CODE2_FILE"),
      ReplyField("DEVICE_PHONE_FONT_FILE", facts.member("DEVICE_PHONE_FONT_FILE")),
      ReplyField("DEVICE_CONTENTS_DATA_FILE"), ReplyField("DEVICE_LANGUAGE_FILE"),
      ReplyField("DEVICE_BINARY_FOLDER"), ReplyField("DEVICE_AMSS_FILE"), ReplyField("DEVICE_RSRC1_FILE"),
      ReplyField("DEVICE_RSRC2_FILE"), ReplyField("DEVICE_CSC_FILE", facts.member("DEVICE_CSC_FILE")),
      ReplyField("DEVICE_X_FS_FILE"), ReplyField("DEVICE_APPS_FILE"), ReplyField("DEVICE_SHPAPP_FILE"),
      ReplyField("DEVICE_FOTA_FILE"), ReplyField("DEVICE_PFS_FILE"), ReplyField("DEVICE_PFS_SIZE"),
      ReplyField("DEVICE_BSY_FILE"), ReplyField("DEVICE_CDS_FILE"), ReplyField("DEVICE_UIIMAGE_FILE"),
      ReplyField("DEVICE_PSIFLASH_FILE"), ReplyField("DEVICE_INI_FILE"),
      ReplyField("DEVICE_DSP1_FILE", content: .capitalData("")),
      ReplyField("DEVICE_DSP2_FILE", content: .capitalData("")),
      ReplyField("DEVICE_EFS_FILE", content: .capitalData("")), ReplyField("DEVICE_BOOT_ADDRESS"),
      ReplyField("DEVICE_CODE1_ADDRESS"), ReplyField("DEVICE_CODE2_ADDRESS"),
      ReplyField("DEVICE_FONT_ADDRESS"), ReplyField("DEVICE_DATA_ADDRESS"),
      ReplyField("DEVICE_VIA_BOOT_FILE"), ReplyField("DEVICE_VIA_CODE_FILE"), ReplyField("DEVICE_PIT_FILE"),
    ]
  }

  /// Versions as shown to people, and a second package (`BD_20`) that is never there.
  private static func versions(_ facts: InformFacts) -> [ReplyField] {
    [
      ReplyField("CURRENT_DISPLAY_VERSION", facts.version),
      ReplyField("LATEST_DISPLAY_VERSION", facts.version), ReplyField("CASH_SERVER_IP"),
      ReplyField("BLOCKING_APP", "0"), ReplyField("BINARY_EMERGENCY_OTP_RECEIVE"),
      ReplyField("DEVICE_IMEI_NUMBER"), ReplyField("UPDATE_NOTICE", "0"), ReplyField("BINARY_TYPE", "0"),
      ReplyField("SUPPORT_BD_20", "0"), ReplyField("BINARY_CRC_BD_20"), ReplyField("BINARY_SIZE_BD_20"),
      ReplyField("BINARY_NAME_BD_20"), ReplyField("LAST_MODIFIED_BD_20"),
      ReplyField("DEVICE_BINARY_FOLDER_BD_20"), ReplyField("DEVICE_AMSS_FILE_BD_20"),
      ReplyField("DEVICE_RSRC1_FILE_BD_20"), ReplyField("DEVICE_RSRC2_FILE_BD_20"),
      ReplyField("DEVICE_X_FS_FILE_BD_20"), ReplyField("DEVICE_APPS_FILE_BD_20"),
      ReplyField("DEVICE_CSC_FILE_BD_20"), ReplyField("DEVICE_SHPAPP_FILE_BD_20"),
      ReplyField("DEVICE_FOTA_FILE_BD_20"), ReplyField("DEVICE_PFS_FILE_BD_20"),
      ReplyField("DEVICE_PFS_SIZE_BD_20"), ReplyField("FW_INDEX_BD_20"),
      ReplyField("LATEST_DISPLAY_VERSION_BD_20"), ReplyField("LATEST_FW_VERSION_BD_20"),
      ReplyField("BINARY_EMERGENCY_OTP_RECEIVE_BD_20"),
    ]
  }

  /// How a client is to present the release.
  private static func presentation(_ facts: InformFacts) -> [ReplyField] {
    let description = "https://doc.samsungmobile.com/\(facts.model)/\(facts.region)/doc.html"
    return [
      ReplyField("BNR_SUPPORT", "0"), ReplyField("CDNURL", "https://neofussvr.sslcs.cdngc.net/"),
      ReplyField("DEVICE_MODEL_DISPLAYNAME", facts.displayName), ReplyField("FACTORY_SUPPORT", "3"),
      ReplyField("FACTORY_DO_EXIST", "1"), ReplyField("BINARY_NATURE", String(facts.nature)),
      ReplyField("FACTORY_KEY_TYPE", "21"), ReplyField("NOTICE_URL_FIRST"), ReplyField("NOTICE_URL_LAST"),
      ReplyField("MEMORY_SIZE_CHECK", "3"), ReplyField("ROUTING_SUPPORT", "0"), ReplyField("SN_TYPE"),
      ReplyField("SETTING_INFO"), ReplyField("MEMORY_ANNOUNCE"), ReplyField("UPGRADE_VARIABLE", "0"),
      ReplyField("BUTTON_TYPE", "0"), ReplyField("ADD_DESCRIPTION_FLAG", "1"),
      ReplyField("ADD_DESCRIPTION", description), ReplyField("ADD_ANNOUNCE_FLAG", "0"),
      ReplyField("ADD_ANNOUNCE"), ReplyField("ADD_LATEST_DISPLAY_VERSION", facts.version),
      ReplyField("ADD_LATEST_FW_VERSION", facts.version),
      ReplyField("CURRENT_OS_VERSION", facts.systemName), ReplyField("LATEST_OS_VERSION", facts.systemName),
      ReplyField("ADD_OS_VERSION", facts.systemName), ReplyField("ADD_NOTICE_URL_FIRST"),
      ReplyField("ADD_NOTICE_URL_LAST"), ReplyField("OBEX_SUPPORT", "0"),
      ReplyField("ABSOLUTE_SUPPORT", "0"), ReplyField("COMMON_PLUGIN", "1"),
      ReplyField("VERSION_HELP_TEXT", "1"),
    ]
  }

  /// The logic values that the key is made of, and what came last.
  private static func keys(_ facts: InformFacts) -> [ReplyField] {
    [
      ReplyField("LOGIC_OPTION_HOME", "1"), ReplyField("LOGIC_VALUE_HOME", facts.logicValueHome),
      ReplyField("LOGIC_OPTION_FACTORY", "1"), ReplyField("LOGIC_VALUE_FACTORY", facts.logicValueFactory),
      ReplyField("CDN_TRAFFIC"), ReplyField("CDN_TRAFFIC_OPTION"), ReplyField("BATTERY_STANDARDS", "3700"),
      ReplyField("BATTERY_PERCENT", "20"), ReplyField("SHARING_BINARY", "1"),
      ReplyField("DEVICE_CSC_HOME_FILE", facts.member("DEVICE_CSC_HOME_FILE")),
      ReplyField("USER_DATA_BINARY", facts.member("DEVICE_USER_DATA_FILE").isEmpty ? "0" : "1"),
      ReplyField("DEVICE_USER_DATA_FILE", facts.member("DEVICE_USER_DATA_FILE")),
      ReplyField("DVIF_SALES_VER", "1"), ReplyField("SIZE_CHECK_PATH", "0"),
      ReplyField("SSP_DEVICE_SIZECHECK", "1"),
    ]
  }
}
