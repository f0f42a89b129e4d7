/// What the program tells its caller.
enum ExitStatus {
  static let success: Int32 = 0
  /// What was asked failed.
  static let failure: Int32 = 1
  /// The arguments or the configuration file are wrong.
  static let usage: Int32 = 2
}
