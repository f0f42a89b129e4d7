import FoundationEssentials

/// `truth.json`: every file at every depth, as a reader must find it.
struct ReleaseTruth: Codable, Equatable {
  struct File: Codable, Equatable {
    /// Relative to the release's folder.
    var path: String
    var size: Int
    /// In hexadecimal.
    var sha256: String

    init(path: String, _ measurement: Measurement) {
      self.path = path
      size = measurement.size
      sha256 = measurement.sha256.hexadecimal
    }
  }

  var model: String
  var region: String
  var version: String
  var files: [File]
}

extension Encodable {
  /// As indented JSON with sorted keys.
  func writeJSON(to path: String) throws(ReleaseFault) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { throw .failed("\(path) cannot be encoded.") }
    try FileSink(creating: path).write(Array(data) + [UInt8(ascii: "\n")])
  }
}
