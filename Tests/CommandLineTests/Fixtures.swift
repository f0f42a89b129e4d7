import Glibc
import Primitives
import TestSupport
import Testing

@testable import CommandLine

/// What the machine of tests has.
let testMemory = ByteSize(bytes: 1 << 40)

/// An ordinary user's process in `/start/here`.
let person = ProcessEnvironment(userID: 1000, directory: "/start/here", memory: testMemory) {
  ["HOME": "/home/me"][$0]
}

/// What the parser makes of the arguments with this configuration file.
func parse(
  _ arguments: [String], configuration: String? = nil, environment: ProcessEnvironment = person
) throws(Failure) -> Invocation {
  try InvocationParser(environment: environment).parse(arguments) { _, _ in configuration }
}

/// The options of a mount, or a failed test.
func mount(
  _ arguments: [String], configuration: String? = nil, environment: ProcessEnvironment = person
) throws -> MountOptions {
  let invocation = try parse(arguments, configuration: configuration, environment: environment)
  guard case .mount(let options) = invocation else {
    Issue.record("\(arguments) is no mount")
    throw Failure(.invalid, "\(arguments) is no mount.")
  }
  return options
}

/// The sentence that the arguments are refused with; nil if they are not.
func refusal(
  _ arguments: [String], configuration: String? = nil, environment: ProcessEnvironment = person
) -> String? {
  do throws(Failure) {
    _ = try parse(arguments, configuration: configuration, environment: environment)
    return nil
  } catch {
    return error.description
  }
}

extension PathName {
  /// The path of what is called `name` in this directory.
  func appending(_ name: String) throws -> PathName {
    try #require(PathName(name, in: text, home: nil))
  }
}

/// Gives the body a new directory, which is removed after it.
func withTemporaryDirectory<Result>(_ body: (PathName) throws -> Result) throws -> Result {
  let directory = TemporaryDirectory()
  return try withExtendedLifetime(directory) {
    try body(try #require(PathName(directory.path, in: "/", home: nil)))
  }
}

/// Makes a file with exactly these permissions.
func makeFile(_ file: PathName, _ text: String, mode: mode_t = 0o600) throws {
  try writeFile(file.text, Array(text.utf8), permissions: mode)
}

func contents(of file: PathName) throws -> String {
  String(decoding: try readFile(file.text), as: UTF8.self)
}
