/// The step that gives bytes.
extension Service {
  /// How close to its file's end a range must come to count as the tail, in bytes.
  private static let tailLength: UInt64 = 64 * 1024

  mutating func download(
    _ request: Request, _ generation: Generation, at now: ContinuousClock.Instant
  ) throws(Refusal) -> Answer {
    let path = try filePath(request.query)
    let identity = try identifyGet(request, generation, at: now)
    guard let release = catalogue.release(path: path) else { throw .http(403, "there is no file \(path)") }
    guard let session = sessions[identity.key], session.initialised.contains(path) else {
      throw .http(401, "Init has not authorised this file for the session")
    }
    let size = release.description.byteSize
    let asked = ByteRange(request.headers["range"], size: size)
    let (first, last) = try bounds(asked, size: size, name: release.description.binaryName)
    if let limit = settings.parallel, counters.active >= limit {
      counters.note(record(release, first, last, status: 429))
      throw Refusal(.tooMany(retryAfter: 1), "\(counters.active) GETs are going on, the limit is \(limit)")
    }
    sessions[identity.key]?.ask(last - first + 1)
    let isTail = last >= size - min(size, Self.tailLength)
    let fault = takeFault(at: isTail ? [.data, .tail] : [.data])
    let good = asked == .whole ? whole(release) : part(release, first: first, last: last)
    var answer = rotated(bent(good, release, first, last, by: fault), identity.key, after: .data).struck(
      by: fault)
    let noted = record(release, first, last, status: answer.status)
    if case .file = answer.body {
      answer.transfer = counters.begin(noted)
    } else {
      counters.note(noted)
    }
    return answer
  }

  /// What `file=` names, which must be there alone and hold nothing escaped.
  private func filePath(_ query: String) throws(Refusal) -> String {
    guard query.hasPrefix("file="), !query.contains("&") else {
      throw .http(405, "the query is not file=PATH")
    }
    let path = String(query.dropFirst("file=".count))
    guard !path.contains("%") else { throw .http(405, "file= has escapes; its slashes must be literal") }
    guard !path.isEmpty else { throw .http(405, "file= is empty") }
    return path
  }

  mutating func bounds(
    _ range: ByteRange, size: UInt64, name: String
  ) throws(Refusal) -> (first: UInt64, last: UInt64) {
    switch range {
    case .whole: return (0, size - 1)
    case .part(let first, let last): return (first, last)
    case .unsatisfiable:
      counters.note(Counters.RangeRecord(file: name, first: size, last: size, sent: 0, status: 416))
      throw Refusal(.unsatisfiable(size: size), "the range begins behind the file's end")
    }
  }

  func record(
    _ release: ServedRelease, _ first: UInt64, _ last: UInt64, status: UInt32
  ) -> Counters.RangeRecord {
    Counters.RangeRecord(
      file: release.description.binaryName, first: first, last: last, sent: 0, status: status)
  }

  func whole(_ release: ServedRelease) -> Answer {
    Answer(
      status: 200, headers: headers(release),
      body: .file(release.file, first: 0, count: release.description.byteSize))
  }

  func part(_ release: ServedRelease, first: UInt64, last: UInt64) -> Answer {
    let range = "bytes \(first)-\(last)/\(release.description.byteSize)"
    return Answer(
      status: 206, headers: headers(release) + [Answer.Header("Content-Range", range)],
      body: .file(release.file, first: first, count: last - first + 1))
  }

  private func headers(_ release: ServedRelease) -> [Answer.Header] {
    [
      Answer.Header("Content-Type", "application/octet-stream"), Answer.Header("Accept-Ranges", "bytes"),
      Answer.Header("Content-MD5", release.description.contentMD5),
    ]
  }

  /// The answer when a fault has bent what it says of the range.
  private func bent(
    _ answer: Answer, _ release: ServedRelease, _ first: UInt64, _ last: UInt64, by fault: Fault.Kind?
  ) -> Answer {
    let size = release.description.byteSize
    var answer = answer
    switch fault {
    case .ignoreRange: return whole(release)
    case .wrongRange:
      answer.replaceHeader("Content-Range", with: "bytes \(first + 1)-\(last + 1)/\(size)")
    case .wrongTotal:
      answer.replaceHeader("Content-Range", with: "bytes \(first)-\(last)/\(size + 16)")
    default: break
    }
    return answer
  }
}
