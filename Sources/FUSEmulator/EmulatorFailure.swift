/// Why the emulator cannot start, or cannot take a setting: one sentence for the person who asked.
public struct EmulatorFailure: Error, CustomStringConvertible {
  public let description: String

  package init(_ description: String) {
    self.description = description
  }
}
