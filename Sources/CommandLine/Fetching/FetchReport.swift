import FUSFSCore
import FuseBridge
import Primitives

/// What `fusfs fetch` did. Its JSON form is this type's.
struct FetchReport: Sendable, Equatable, Encodable {
  var places: [Fetched] = []

  /// One of the things to be fetched.
  struct Fetched: Sendable, Equatable, Encodable {
    /// As it was named.
    let place: String
    /// Bytes that it is made of, as the server has them; nil where they could not be found out.
    var size: UInt64?
    /// Of these, bytes that are in the cache.
    var cached: UInt64?
    /// Of these, bytes that were not there before.
    var fetched: UInt64?
    let seconds: Double
    /// Why not all of it is in the cache, in a sentence.
    var problem: String?
  }

  /// Whether all is in the cache.
  var isComplete: Bool { places.allSatisfy { $0.problem == nil } }

  /// The report for programs: one JSON object, its keys sorted, ended by a line feed.
  func json() throws(Failure) -> String {
    guard let bytes = try? JSON.encoded(self) else {
      throw Failure(.local, "The result could not be written as JSON.")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension FetchReport.Fetched {
  init(_ place: String, _ outcome: FetchRun.Outcome, after time: Duration) {
    self.init(
      place: place, size: outcome.after?.size, cached: outcome.after?.cached,
      seconds: (time.seconds * 1000).rounded() / 1000, problem: outcome.failure?.description)
    if let before = outcome.before, let after = outcome.after {
      fetched = after.cached - min(before.cached, after.cached)
    }
    if problem == nil, let size, let cached, cached < size {
      problem =
        "Only \(ByteSize(bytes: cached).words) of \(ByteSize(bytes: size).words) have stayed in the cache. "
        + "Give it room with --cache-size."
    }
  }

  /// A line for a person: `SM-A207F/SER: 198.8 MiB, all in the cache; 12.0 MiB fetched in 2 s, 6.0 MiB/s.`
  var words: String {
    guard let size, let fetched else { return "" }
    let subject = "\(printable(place)): "
    guard size > 0 else { return subject + "nothing is to be fetched.\n" }
    let whole = subject + "\(ByteSize(bytes: size).words), all in the cache"
    guard fetched > 0 else { return whole + " already.\n" }
    let rate = ByteSize(bytes: UInt64(clamping: Double(fetched) / max(seconds, 0.001)))
    let tenths = UInt64(clamping: (seconds * 10).rounded())
    let time = tenths < 600 ? "\(tenths / 10).\(tenths % 10) s" : Duration.seconds(seconds).words
    return whole + "; \(ByteSize(bytes: fetched).words) fetched in \(time), \(rate.words)/s.\n"
  }
}
