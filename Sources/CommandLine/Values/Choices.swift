import FUSFSCore
import FUSNet
import Primitives

/// A value that is one of a few words.
protocol NamedChoice: Sendable, CaseIterable, Equatable {
  /// The word that stands for it.
  var name: String { get }
}

extension NamedChoice where Self: RawRepresentable<String> {
  var name: String { rawValue }
}

extension Expansion: NamedChoice {}

extension BinaryNature: NamedChoice {
  var name: String { "\(self)" }
}

/// A shell for which there is a completion script.
enum Shell: String, NamedChoice {
  case bash
}

extension Log.Level: NamedChoice {
  var name: String { "\(self)" }
}
