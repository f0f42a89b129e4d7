/// What `fusfs cache pin` and `fusfs cache unpin` did. Its JSON form is this type's.
struct CachePinning: Sendable, Equatable, Encodable {
  let directory: String
  let pinned: Bool
  /// Names on the server.
  let packages: [String]

  var words: String {
    packages.map { "\(printable($0)) is \(pinned ? "pinned" : "not pinned").\n" }.joined()
  }
}
