package import FUSNet
package import Primitives

/// Who knows the releases: the firmware servers, or a stand-in in tests.
package protocol FirmwareServer: Sendable {
  /// The device's releases; `Failure.Code.notFound` where there are none.
  func history(
    of model: DeviceModel, in region: RegionCode
  ) async throws(Failure) -> ServerReply<ReleaseHistory>

  /// What is said of one release.
  func inform(
    of model: DeviceModel, in region: RegionCode, version: FirmwareVersion
  ) async throws(Failure) -> ServerReply<BinaryInform>

  /// Where the package's bytes come from.
  func source(of binary: RemoteBinary) -> any RangeSource

  /// What it is asked just now, downloads left out; the oldest first.
  var messagesUnderWay: [MessageUnderWay] { get }
}

extension FUSSession: FirmwareServer {}
