import Primitives

/// An open file of whatever tree: of one type for all, reads need no look at what the tree's types are.
protocol OpenFile: AnyObject, Sendable {
  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) -> Int
  func readAtOnce(into destination: inout MutableRawSpan, at offset: UInt64) throws(Failure) -> Int?
}

/// A tree's open file, closed when its handle and its last read have ended.
final class FileOfTree<Tree: FileSystem>: OpenFile {
  private let file: Tree.File
  private let fileSystem: Tree

  init(_ file: Tree.File, of fileSystem: Tree) {
    self.file = file
    self.fileSystem = fileSystem
  }

  deinit { fileSystem.close(file) }

  func read(into destination: inout MutableRawSpan, at offset: UInt64) async throws(Failure) -> Int {
    try await fileSystem.read(file, into: &destination, at: offset)
  }

  func readAtOnce(into destination: inout MutableRawSpan, at offset: UInt64) throws(Failure) -> Int? {
    try fileSystem.readAtOnce(file, into: &destination, at: offset)
  }
}
