/// A fault that the server commits on demand.
struct Fault: Equatable, Sendable {
  /// What goes wrong.
  enum Kind: Equatable, Sendable {
    /// An HTTP status instead of an answer; 503 comes with Retry-After.
    case status(UInt32, retryAfter: Int?)
    /// HTTP 200 with a message whose own status is this.
    case bodyStatus(UInt32)
    /// The connection is reset after so many bytes of the body, half of it where none is said.
    case reset(after: UInt64?)
    /// The body ends at its half: behind a Content-Length that promised all of it, or an honest one.
    case short(honest: Bool)
    /// After so many bytes, half of the body where none is said, nothing more comes.
    case stall(after: UInt64?)
    /// 200 with the whole file.
    case ignoreRange
    /// Content-Range is one byte off.
    case wrongRange
    /// Content-Range names another size of the file.
    case wrongTotal
    /// So many bytes of the body, spread over it, are inverted.
    case flip(Int)
    /// A page for people instead of an answer, with status 200.
    case html
    /// 302 to another address, of this machine's port 9 where none is said.
    case redirect(String?)
    /// The body in gzip's wrapping, which nobody asked for; of a file's bytes the header alone says so.
    case gzip
    /// A megabyte of headers.
    case headers
    /// So many bytes a second, one where none is said.
    case drip(UInt64)
    /// The inform reply is for this version, or for another release's where none is said.
    case otherVersion(String?)
    case notXML
    /// A DTD whose entities unfold to gigabytes, and one that names a local file.
    case entities
    /// 100 MB inside the message.
    case huge
    case badSize(String)
    case badName(BadName)
    case truncatedXML
  }

  /// What is bad about a name.
  enum BadName: String, Sendable {
    case slash, dots, nul, member
  }

  /// Which request is struck.
  enum Place: String, Sendable, CaseIterable {
    case nonce, history, inform
    case initialise = "init"
    case data
    /// A GET that touches the last 64 KiB of its file.
    case tail
  }

  let kind: Kind
  let place: Place
  /// How often it still strikes; endlessly where nothing is said.
  private(set) var remaining: Int?

  init(_ kind: Kind, at place: Place, count: Int? = nil) {
    self.kind = kind
    self.place = place
    remaining = count
  }

  /// Whether the fault strikes now; if so it counts as one time.
  mutating func strikes(_ places: Set<Place>) -> Bool {
    guard places.contains(place), remaining != 0 else { return false }
    remaining = remaining.map { $0 - 1 }
    return true
  }
}
