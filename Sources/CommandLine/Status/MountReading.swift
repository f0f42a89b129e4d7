import FUSFSCore
import FuseBridge
import Primitives

/// What a mount told of itself, or why it did not. Its JSON form is this type's.
struct MountReading: Sendable, Equatable, Encodable {
  let mountpoint: String
  var status: MountStatus?
  /// In a sentence.
  var problem: String?
}

extension MountReading {
  /// Reads what the mount tells, which takes as long as the mount takes to answer.
  init(of mountpoint: String) {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try readSmallFile("\(mountpoint)/\(MountStatus.path)")
    } catch {
      let isAbsent = [.notFound, .notDirectory].contains(error.code)
      self.init(mountpoint: mountpoint, problem: isAbsent ? "It is no mount of fusfs." : "\(error)")
      return
    }
    guard let status = try? MountStatus(json: bytes) else {
      self.init(mountpoint: mountpoint, problem: "It is served by another version of fusfs.")
      return
    }
    self.init(mountpoint: mountpoint, status: status)
  }
}

/// What `fusfs status --json` prints.
struct MountReadings: Sendable, Equatable, Encodable {
  let mounts: [MountReading]
}
