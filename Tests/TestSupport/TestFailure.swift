/// Why what a test needs could not be had: a file, a folder, a program.
package struct TestFailure: Error, CustomStringConvertible {
  package let description: String

  package init(description: String) {
    self.description = description
  }
}
