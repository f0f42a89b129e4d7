import FuseBridge
import Primitives
import TestSupport

/// One file of a given size, answered from memory: `Benchmarks/null-file-system.c` behind the bridge.
struct NullFileSystem: FileSystem {
  enum Node: UInt64, Sendable {
    case root = 1
    case file
  }

  /// More than a processor's caches hold, so that what is answered comes from memory.
  private static let contentSize = 64 << 20
  /// The longest request that there can be; so much of the content lies behind its end once more.
  private static let longest = 16 << 20

  private let size: UInt64
  private let content: ByteBlock

  init(size: UInt64) {
    self.size = size
    var numbers = SplitMix(seed: 1)
    var bytes = UniqueByteBlock(count: Self.contentSize + Self.longest)
    bytes.withMutableBytes { span in
      for offset in stride(from: 0, to: Self.contentSize, by: 8) {
        span.storeBytes(of: numbers.next(), toByteOffset: offset, as: UInt64.self)
      }
      for offset in stride(from: 0, to: Self.longest, by: 8) {
        let number = unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt64.self)
        span.storeBytes(of: number, toByteOffset: Self.contentSize + offset, as: UInt64.self)
      }
    }
    content = bytes.frozen()
  }

  var root: Node { .root }

  func inode(of node: Node) -> UInt64 { node.rawValue }

  func path(of node: Node) -> String { node == .root ? "/" : "/file" }

  func lookup(_ name: String, in directory: Node) async throws(Failure) -> Lookup<Node> {
    guard directory == .root, name == "file" else { return .absent(for: .none) }
    return .found(.file, attributes(.file), nameValidity: .forever)
  }

  func attributes(of node: Node) async throws(Failure) -> Attributes { attributes(node) }

  private func attributes(_ node: Node) -> Attributes {
    Attributes(
      inode: node.rawValue, kind: node == .root ? .directory : .regularFile, size: node == .root ? 0 : size,
      modified: Timestamp(seconds: 0), validity: .forever)
  }

  func openDirectory(_ node: Node) async throws(Failure) {}

  func entries(
    of listing: Void, from position: Int, limit: Int
  ) async throws(Failure) -> [Entry<Node>] {
    position == 0 ? [Entry(name: "file", inode: Node.file.rawValue, kind: .regularFile)] : []
  }

  func open(_ node: Node) async throws(Failure) -> OpenedFile<Void> {
    guard node == .file else { throw Failure(.isDirectory, "A directory cannot be read as a file.") }
    return OpenedFile((), caching: .keepPages)
  }

  func read(
    _ file: Void, into destination: inout MutableRawSpan, at offset: UInt64
  ) async throws(Failure) -> Int {
    try readAtOnce(file, into: &destination, at: offset) ?? 0
  }

  func readAtOnce(
    _ file: Void, into destination: inout MutableRawSpan, at offset: UInt64
  ) throws(Failure) -> Int? {
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(destination.byteCount), size - offset))
    let start = Int(offset % UInt64(Self.contentSize))
    content.withBytes { destination.copyBytes(from: $0.extracting(start..<start + count)) }
    return count
  }

  func close(_ file: Void) {}

  func target(of link: Node) async throws(Failure) -> String {
    throw Failure(.invalid, "The tree has no symbolic links.")
  }

  func extendedAttributeNames(of node: Node) async throws(Failure) -> [String] { [] }

  func extendedAttribute(_ name: String, of node: Node) async throws(Failure) -> [UInt8] {
    throw Failure(.noAttribute, "There is no \(name).")
  }

  func statistics() -> FileSystemStatistics { FileSystemStatistics(size: size, files: 1) }
}
