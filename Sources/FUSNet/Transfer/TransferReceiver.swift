/// Takes a reply as it arrives. Called on the transfer thread, one call at a time: it must not wait.
protocol TransferReceiver: Sendable {
  /// The head, before any byte of the body. `false` ends the transfer.
  func begin(_ head: HTTPResponseHead) -> Bool
  /// The next bytes of the body. `false` ends the transfer.
  func receive(_ bytes: RawSpan) -> Bool
}
