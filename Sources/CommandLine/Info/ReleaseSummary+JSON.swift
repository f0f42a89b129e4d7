import FUSFSCore
import Primitives

extension ReleaseSummary {
  /// The summary for programs: one JSON object, its keys sorted, ended by a line feed.
  func json() throws(Failure) -> String {
    guard let bytes = try? JSON.encoded(self) else {
      throw Failure(.local, "The summary could not be written as JSON.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
