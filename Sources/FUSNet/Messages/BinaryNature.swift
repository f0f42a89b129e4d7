/// Which of a release's two packages is meant.
package enum BinaryNature: Int, Sendable, CaseIterable {
  /// The full package, which wipes the device.
  case factory = 1
  /// Keeps the user's data when it is flashed.
  case home = 0
}
