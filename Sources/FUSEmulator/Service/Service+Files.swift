/// The packages as plain files, for programs that speak HTTP and know nothing of FUS:
///
///     GET /emulator/files/       a list of links, such as web servers give of a folder
///     GET /emulator/files/NAME   a package as it is served, or a range of it; HEAD the same without bytes
///
/// Nothing is signed here and no fault strikes; latency, rate and counters are those of the protocol's downloads.
extension Service {
  mutating func plainFile(_ name: String, _ request: Request) throws(Refusal) -> Answer {
    guard request.method == "GET" || request.method == "HEAD" else {
      throw .http(405, "\(request.method) where GET or HEAD is wanted")
    }
    guard !name.isEmpty else { return index }
    guard let release = catalogue.release(servedAs: name) else {
      throw .http(404, "there is no file \(name)")
    }
    let size = release.description.byteSize
    let asked = ByteRange(request.headers["range"], size: size)
    let (first, last) = try bounds(asked, size: size, name: name)
    var answer = asked == .whole ? whole(release) : part(release, first: first, last: last)
    if request.method == "GET" {
      answer.transfer = counters.begin(record(release, first, last, status: answer.status))
    }
    return answer
  }

  private var index: Answer {
    let links = catalogue.servedNames.map { "<a href=\"\($0)\">\($0)</a><br>\n" }
    let page = "<!DOCTYPE html><html><body>\n\(links.joined())</body></html>\n"
    return Answer(type: "text/html;charset=UTF-8", body: Array(page.utf8))
  }
}
