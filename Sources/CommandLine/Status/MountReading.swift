import FUSFSCore
import FuseBridge
import Primitives

/// What a mount told of itself, or why it did not. Its JSON form is this type's.
struct MountReading: Sendable, Equatable, Encodable {
  let mountpoint: String
  var status: MountStatus?
  /// In a sentence.
  var problem: String?

  /// A mount that is well answers in milliseconds.
  private static let limit = Duration.seconds(2)

  /// Asks the mount; one that does not answer is not waited for.
  static func reading(_ mountpoint: String) -> MountReading {
    let reading = Locked<MountReading?>(nil)
    let done = Semaphore()
    startThread(name: "fusfs-status") {
      let result = read(mountpoint)
      reading.withLock { $0 = result }
      done.signal()
    }
    guard done.wait(for: limit), let result = reading.withLock({ $0 }) else {
      return MountReading(mountpoint: mountpoint, problem: "It does not answer.")
    }
    return result
  }

  private static func read(_ mountpoint: String) -> MountReading {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try readSmallFile("\(mountpoint)/\(MountStatus.path)")
    } catch {
      let isAbsent = [.notFound, .notDirectory].contains(error.code)
      return MountReading(
        mountpoint: mountpoint, problem: isAbsent ? "It is no mount of fusfs." : error.cause)
    }
    guard let status = try? MountStatus(json: bytes) else {
      return MountReading(mountpoint: mountpoint, problem: "It is served by another version of fusfs.")
    }
    return MountReading(mountpoint: mountpoint, status: status)
  }
}

/// What `fusfs status --json` prints.
struct MountReadings: Sendable, Equatable, Encodable {
  let mounts: [MountReading]
}
