/// A file just opened, and how the kernel should treat its pages.
package struct OpenedFile<File: Sendable>: Sendable {
  package enum Caching: Sendable, Equatable {
    /// Pages that the kernel has from an earlier open are still right: for content that never changes.
    case keepPages
    /// Pages of earlier opens are dropped.
    case freshPages
    /// Nothing is kept, each `read` comes here: for content without a size known in advance.
    case none
  }

  package let file: File
  package let caching: Caching

  package init(_ file: File, caching: Caching) {
    self.file = file
    self.caching = caching
  }
}
