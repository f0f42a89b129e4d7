package import FUSNet

/// Where a binary's bytes come from: the server, or a stand-in in tests.
package protocol RangeSource: Sendable {
  /// Delivers the bytes of the range to the receiver, in order and all of them, or throws.
  func download(_ bytes: Range<UInt64>, to receiver: any DownloadReceiver) async throws(DownloadFault)
}

/// A binary on the server, through the mount's session.
private struct SessionSource: RangeSource {
  let session: FUSSession
  let binary: RemoteBinary

  func download(_ bytes: Range<UInt64>, to receiver: any DownloadReceiver) async throws(DownloadFault) {
    try await session.download(binary, bytes: bytes, to: receiver)
  }
}

extension FUSSession {
  /// The binary's bytes through this session.
  package func source(of binary: RemoteBinary) -> any RangeSource {
    SessionSource(session: self, binary: binary)
  }
}
