/// Takes the bytes of one range, in order.
package protocol DownloadReceiver: Sendable {
  /// The next bytes. Called on the transfer thread, only once the reply was found to be the range asked for, and never
  /// with more bytes than that: it must not wait. `false` ends the download.
  func receive(_ bytes: RawSpan) -> Bool
}
