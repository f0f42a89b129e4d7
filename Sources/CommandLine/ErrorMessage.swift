import Primitives

/// A failure as a person reads it on standard error: `fusfs: cause cure`.
struct ErrorMessage: Sendable, CustomStringConvertible {
  let description: String

  init(_ failure: Failure) {
    description = "fusfs: \(failure.description.asLine)"
  }
}
