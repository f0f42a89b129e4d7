import Primitives
import TestSupport

@testable import FuseBridge

/// A small tree in memory.
/// ```
/// /  hello.txt  big.bin  direct.bin  link ▸ hello.txt  broken
///    big.bin     pages with even numbers are there at once
///    broken      reading fails, at the start at once
///    stuck.bin   reading and fetching wait at `gate`
///    slow        looking it up waits at `gate`
///    folder/     200 files; the attributes of the odd ones are known when listed
///    growing/    five files; listing the last two waits at `gate` and notes progress meanwhile
///    failing/    five files; listing the last two fails
/// ```
/// Besides, looking up a name that begins with `steady` waits at `gate` and notes progress meanwhile; with `tired` it
/// stops noting after a while; `thread` has the thread's name kept. All are absent.
final class TestTree: FileSystem {
  final class Node: Sendable {
    enum Content: Sendable {
      case directory([Node])
      case file([UInt8])
      case link(String)
    }
    let name: String
    let inode: UInt64
    let content: Content

    init(_ name: String, _ inode: UInt64, _ content: Content) {
      (self.name, self.inode, self.content) = (name, inode, content)
    }

    var kind: Attributes.Kind {
      switch content {
      case .directory: .directory
      case .file: .regularFile
      case .link: .symbolicLink
      }
    }

    var attributes: Attributes {
      let size: Int =
        switch content {
        case .directory: 0
        case .file(let bytes): bytes.count
        case .link(let target): target.utf8.count
        }
      return Attributes(
        inode: inode, kind: kind, size: UInt64(size),
        modified: Timestamp(seconds: 1_600_000_000, nanoseconds: 5), validity: .forever)
    }
  }

  static let hello = Array("Hello, kernel\n".utf8)
  static let big = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
  static let attribute: [UInt8] = Array("A207FXXU2CUI2".utf8)

  /// How many entries of `growing` and `failing` are there without waiting.
  static let foundAtOnce = 3

  let gate = Gate()
  /// When the last lookup of a `tired` name noted progress last.
  let lastNote = Locked(Instant.now)
  /// The thread on which `thread` was looked up, with a line feed.
  let threadName = Locked<[UInt8]?>(nil)
  let root: Node
  private let closed = Locked<[UInt64]>([])
  private let fetched = Locked<Set<UInt64>>([])

  init() {
    let children = (0..<200).map {
      Node("file-\($0)", UInt64(1000 + $0), .file([UInt8](repeating: 7, count: $0)))
    }
    root = Node(
      "", 1,
      .directory([
        Node("hello.txt", 2, .file(Self.hello)),
        Node("big.bin", 3, .file(Self.big)),
        Node("link", 4, .link("hello.txt")),
        Node("stuck.bin", 5, .file(Self.big)),
        Node("slow", 6, .file(Self.hello)),
        Node("folder", 7, .directory(children)),
        Node("broken", 8, .file(Self.hello)),
        Node("direct.bin", 9, .file(Self.big)),
        Node("growing", 10, .directory((0..<5).map { Node("file-\($0)", UInt64(2000 + $0), .file([7])) })),
        Node("failing", 11, .directory((0..<5).map { Node("file-\($0)", UInt64(3000 + $0), .file([7])) })),
      ]))
  }

  /// The inode numbers of the files closed so far.
  var closedFiles: [UInt64] { closed.withLock { $0 } }

  func inode(of node: Node) -> UInt64 { node.inode }

  func path(of node: Node) -> String { "/\(node.name)" }

  func lookup(_ name: String, in directory: Node) async throws(Failure) -> Lookup<Node> {
    if name == "slow" { try await gate.pass() }
    if name == "thread" { threadName.withLock { $0 = try? readFile("/proc/thread-self/comm") } }
    if name.hasPrefix("steady") { try await passSteadily() }
    if name.hasPrefix("tired") {
      for _ in 0..<3 {
        lastNote.withLock { $0 = Instant.now }
        Progress.note()
        await Beat.shared.next()
      }
      try await gate.pass()
    }
    guard let node = try children(of: directory).first(where: { $0.name == name }) else {
      return .absent(for: .seconds(7))
    }
    return .found(node, node.attributes, nameValidity: .seconds(3))
  }

  func attributes(of node: Node) async throws(Failure) -> Attributes { node.attributes }

  /// Waits at the gate while a child task says that this comes along.
  private func passSteadily() async throws(Failure) {
    let outcome: Result<Void, Failure> = await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while !Task.isCancelled {
          Progress.note()
          await Beat.shared.next()
        }
      }
      defer { group.cancelAll() }
      do throws(Failure) { return .success(try await gate.pass()) } catch { return .failure(error) }
    }
    try outcome.get()
  }

  func openDirectory(_ node: Node) async throws(Failure) -> Node {
    _ = try children(of: node)
    return node
  }

  func entries(
    of listing: Node, from position: Int, limit: Int
  ) async throws(Failure) -> [Entry<Node>] {
    var children = try children(of: listing)[...]
    if ["growing", "failing"].contains(listing.name) {
      if position < Self.foundAtOnce {
        children = children.prefix(Self.foundAtOnce)
      } else if listing.name == "failing" {
        throw Failure(.network, "The server is gone.")
      } else {
        try await passSteadily()
      }
    }
    return children.dropFirst(position).prefix(limit).map { node in
      node.inode % 2 == 1
        ? Entry(name: node.name, FoundNode(node, node.attributes, nameValidity: .forever))
        : Entry(name: node.name, inode: node.inode, kind: node.kind)
    }
  }

  func open(_ node: Node) async throws(Failure) -> OpenedFile<Node> {
    guard node.kind == .regularFile else { throw Failure(.isDirectory, "A directory.") }
    return OpenedFile(node, caching: node.name == "direct.bin" ? .none : .keepPages)
  }

  func read(
    _ file: Node, into destination: inout MutableRawSpan, at offset: UInt64
  ) async throws(Failure) -> Int {
    if file.name == "stuck.bin" { try await gate.pass() }
    guard file.name != "broken" else { throw Failure(.network, "The server is gone.") }
    guard case .file(let bytes) = file.content else { throw Failure(.isDirectory, "A directory.") }
    let part = bytes.dropFirst(Int(clamping: offset)).prefix(destination.byteCount)
    destination.copyBytes(from: Array(part).span.bytes)
    return part.count
  }

  func readAtOnce(
    _ file: Node, into destination: inout MutableRawSpan, at offset: UInt64
  ) throws(Failure) -> Int? {
    if file.name == "broken", offset == 0 { throw Failure(.network, "The server is gone.") }
    guard file.name == "big.bin" else { return nil }
    guard offset / 4096 % 2 == 0 else {
      destination.copyBytes(from: [UInt8](repeating: 0xFF, count: destination.byteCount).span.bytes)
      return nil
    }
    let part = Self.big.dropFirst(Int(clamping: offset)).prefix(destination.byteCount)
    destination.copyBytes(from: Array(part).span.bytes)
    return part.count
  }

  func close(_ file: Node) { closed.withLock { $0.append(file.inode) } }

  func target(of link: Node) async throws(Failure) -> String {
    guard case .link(let target) = link.content else { throw Failure(.invalid, "Not a link.") }
    return target
  }

  func extendedAttributeNames(of node: Node) async throws(Failure) -> [String] { ["user.fus.version"] }

  func extendedAttribute(_ name: String, of node: Node) async throws(Failure) -> [UInt8] {
    guard name == "user.fus.version" else { throw Failure(.noAttribute, "There is no \(name).") }
    return Self.attribute
  }

  func fetchState(of node: Node) async throws(Failure) -> FetchState {
    guard case .file(let bytes) = node.content else { throw Failure(.isDirectory, "A directory.") }
    let cached = fetched.withLock { $0.contains(node.inode) } ? bytes.count : 0
    return FetchState(size: UInt64(bytes.count), cached: UInt64(cached))
  }

  func fetch(_ node: Node) async throws(Failure) {
    if node.name == "stuck.bin" { try await gate.pass() }
    guard node.name != "broken" else { throw Failure(.offline, "The mount is offline.") }
    fetched.withLock { _ = $0.insert(node.inode) }
  }

  func statistics() -> FileSystemStatistics { FileSystemStatistics(size: 8192 * 10 + 1, files: 208) }

  private func children(of node: Node) throws(Failure) -> [Node] {
    guard case .directory(let children) = node.content else { throw Failure(.notDirectory, "No directory.") }
    return children
  }
}
