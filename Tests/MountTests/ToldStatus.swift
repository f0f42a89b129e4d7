import FoundationEssentials
import TestSupport

/// What `.fusfs/status.json` tells of what goes on and of what has failed.
struct ToldStatus: Decodable {
  struct Fetching: Decodable {
    let downloads: Int
    let waitingReads: Int
    let retries: Int
    let coolDownSeconds: Double?
    let longestWaitSeconds: Double?
    let requests: [Request]
  }

  struct Request: Decodable {
    let file: String
    let offset: UInt64
    let bytes: UInt64
    let receivedBytes: Int
    let seconds: Double
  }

  struct Message: Decodable {
    let name: String
    let host: String
    let seconds: Double
    let retries: Int
  }

  struct Failure: Decodable {
    let kind: String
    let operation: String
    let cause: String
    let cure: String?
    let site: String
    let count: Int
  }

  let fetching: Fetching
  let messages: [Message]
  let failures: [Failure]
}

extension Mount {
  var status: ToldStatus {
    get throws {
      let told = try shell("cat '\(path)/.fusfs/status.json'", within: .seconds(20))
      guard told.status == 0 else { throw TestFailure(description: told.errors) }
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(ToldStatus.self, from: Data(told.output.utf8))
    }
  }

  /// The first status that the condition holds of, and that is looked for within the limit.
  func status(
    within limit: Duration = .seconds(20), where condition: (ToldStatus) -> Bool
  ) throws -> ToldStatus {
    var last: ToldStatus?
    _ = try eventuallyBlocking(within: limit) {
      let status = try status
      last = status
      return condition(status)
    }
    guard let last, condition(last) else {
      throw TestFailure(description: "it is not so, but: \(last.map { "\($0)" } ?? "nothing is told")")
    }
    return last
  }
}
