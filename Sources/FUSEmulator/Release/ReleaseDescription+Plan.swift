extension ReleaseDescription {
  /// What is said of a release that was made as planned, whose file was measured with MD5 and CRC-32.
  init(_ plan: ReleasePlan, package: Measurement) {
    let arguments = plan.arguments
    self.init(
      model: arguments.model, region: arguments.region, version: arguments.version.description,
      binaryName: plan.packageName, binaryNature: arguments.nature == .factory ? 1 : 0,
      encryption: arguments.encryption, byteSize: UInt64(package.size), crc32: package.crc32,
      contentMD5: Text.base64(package.md5), logicValueFactory: plan.logicValueFactory,
      logicValueHome: plan.logicValueHome, modelPath: "/neofus/910/", modelType: "9",
      lastModified: plan.published.digits, openDate: plan.published.text, systemName: "R(Android 11)",
      displayName: "Galaxy (\(arguments.model))",
      members: Dictionary(
        uniqueKeysWithValues: Self.tags.map { folder, tag in
          (tag, plan.memberNames[folder] ?? "")
        }))
  }

  private static let tags: [(MemberPlan.Folder, String)] = [
    (.boot, "DEVICE_BOOT_FILE"), (.system, "DEVICE_PDA_CODE1_FILE"), (.phone, "DEVICE_PHONE_FONT_FILE"),
    (.customisation, "DEVICE_CSC_FILE"), (.homeCustomisation, "DEVICE_CSC_HOME_FILE"),
    (.userData, "DEVICE_USER_DATA_FILE"),
  ]
}
