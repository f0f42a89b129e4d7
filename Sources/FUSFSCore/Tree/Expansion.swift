/// How far the tree goes inside packages, to the entries of tars and what is inside those.
package enum Expansion: String, Sendable, CaseIterable {
  /// All of it: what is not known yet is looked for when somebody asks, which may download much.
  case full
  /// Only what an earlier look has found: nothing is downloaded to find more.
  case known
  /// Nothing: the directories are not there.
  case off
}
