import Primitives

@testable import FUSFSCore
@testable import FUSNet

/// A firmware server in memory that counts what it is asked and can be made to fail.
final class FakeServer: FirmwareServer {
  struct Asked: Equatable {
    var histories = 0
    var informs = 0
  }

  private struct State {
    var asked = Asked()
    var failure: Failure?
    var unserved: Set<FirmwareVersion> = []
    var otherVersion: FirmwareVersion?
    var path = "/neofus/910/"
  }

  private let state = Locked(State())
  /// The newest first.
  let versions: [FirmwareVersion]
  let bytes: FakeSource

  init(_ versions: [String], package bytes: [UInt8], faults: [FakeSource.Fault] = []) {
    self.versions = versions.compactMap { FirmwareVersion($0) }
    self.bytes = FakeSource(bytes, faults: faults)
  }

  var messagesUnderWay: [MessageUnderWay] { [] }

  var asked: Asked { state.withLock { $0.asked } }

  /// What every question is answered with from now on; nil for the truth.
  func fail(with failure: Failure?) {
    state.withLock { $0.failure = failure }
  }

  /// Every inform is answered for this version from now on.
  func answer(for version: FirmwareVersion?) {
    state.withLock { $0.otherVersion = version }
  }

  /// The package lies there from now on.
  func move(to path: String) {
    state.withLock { $0.path = path }
  }

  /// The release is listed, but there is no package of it.
  func withhold(_ version: FirmwareVersion) {
    state.withLock { _ = $0.unserved.insert(version) }
  }

  static let device = Device(model: DeviceModel("SM-A207F")!, region: RegionCode("SER")!)

  func history(
    of model: DeviceModel, in region: RegionCode
  ) async throws(Failure) -> ServerReply<ReleaseHistory> {
    let failure = state.withLock { state in
      state.asked.histories += 1
      return state.failure
    }
    if let failure { throw failure }
    guard model == Self.device.model, region == Self.device.region else {
      throw Failure(.notFound, "No firmware is known.")
    }
    let rows = versions.enumerated().map { place, version in
      """
      <BINARY_INFO><BINARY_INDEX><Data>1</Data></BINARY_INDEX><BINARY_SEQUENCE><Data>\(100 - place)</Data></BINARY_SEQUENCE>\
      <BINARY_SW_VERSION><Data>\(version)</Data></BINARY_SW_VERSION><BINARY_NATURE><Data>1</Data></BINARY_NATURE>\
      <BINARY_OPEN_DATE><Data>2021/10/07 16:59:09</Data></BINARY_OPEN_DATE></BINARY_INFO>
      """
    }
    let raw = Array(
      "<FUSMsg><FUSBody><Results><Status></Status></Results><Put>\(rows.joined())</Put></FUSBody></FUSMsg>"
        .utf8)
    return ServerReply(message: try ReleaseHistory(reply: raw, source: .smartHistory), raw: raw)
  }

  func inform(
    of model: DeviceModel, in region: RegionCode, version: FirmwareVersion
  ) async throws(Failure) -> ServerReply<BinaryInform> {
    let failure = state.withLock { state in
      state.asked.informs += 1
      return state.unserved.contains(version) ? Failure(.notFound, "Not served.") : state.failure
    }
    if let failure { throw failure }
    let version = state.withLock { $0.otherVersion } ?? version
    let fields = [
      "BINARY_NAME": "SM-A207F_2_20210928113735_g3wsdfg48a_fac.zip", "MODEL_PATH": state.withLock { $0.path },
      "BINARY_BYTE_SIZE": "\(bytes.bytes.count)", "BINARY_NATURE": "1", "DEVICE_MODEL_TYPE": "9",
      "DEVICE_BOOT_FILE": "BL_one.tar.md5", "DEVICE_PDA_CODE1_FILE": "AP_two.tar.md5",
    ]
    let put = fields.sorted { $0.key < $1.key }.map { "<\($0.key)><Data>\($0.value)</Data></\($0.key)>" }
    let raw = Array(
      """
      <FUSMsg><FUSBody><Results><Status>S00</Status><BINARY_SW_VERSION><Data>\(version)</Data></BINARY_SW_VERSION>\
      </Results><Put>\(put.joined())</Put></FUSBody></FUSMsg>
      """.utf8)
    return ServerReply(message: try BinaryInform(reply: raw), raw: raw)
  }

  func source(of binary: RemoteBinary) -> any RangeSource { bytes }
}
