import Testing

/// The examples of a document: what a shell is given, and what must come.
///
/// ````
/// ## A chapter
/// ```console
/// $ ls mnt            a command
/// SM-A207F            what it prints; `…` stands for anything, alone on a line for any lines but a status
/// [1]                 its status, where that is not 0
/// ```
/// ````
struct DocumentExamples {
  struct Command {
    /// In the document, from 1.
    let line: Int
    let text: String
    fileprivate(set) var expected: [String] = []

    /// Whether its output cannot be wrong.
    var takesAnything: Bool { !expected.isEmpty && expected.allSatisfy { $0 == "…" } }
  }

  struct Chapter: CustomTestStringConvertible {
    let title: String
    fileprivate(set) var commands: [Command] = []

    var testDescription: String { title }

    /// Whether it mounts something else than fusfs.
    var needsRoot: Bool { commands.contains { $0.text.contains("mount -t ") } }
  }

  private(set) var chapters: [Chapter] = []

  init(_ document: String) {
    var isInside = false
    for (index, line) in document.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("## ") { chapters.append(Chapter(title: String(line.dropFirst(3)))) }
      if line.hasPrefix("```") {
        isInside = line == "```console"
        continue
      }
      guard isInside, var chapter = chapters.popLast() else { continue }
      if line.hasPrefix("$ ") {
        chapter.commands.append(Command(line: index + 1, text: String(line.dropFirst(2))))
      } else if let last = chapter.commands.indices.last {
        chapter.commands[last].expected.append(String(line))
      }
      chapters.append(chapter)
    }
    chapters.removeAll { $0.commands.isEmpty }
  }

  /// Whether these lines are what is expected.
  static func match(_ lines: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
    guard let first = expected.first else { return lines.isEmpty }
    if first == "…" {
      let end = lines.last.map(isStatus) == true ? lines.endIndex - 1 : lines.endIndex
      return (lines.startIndex...end).contains { match(lines[$0...], expected.dropFirst()) }
    }
    guard let line = lines.first else { return false }
    return matches(line[...], first[...]) && match(lines.dropFirst(), expected.dropFirst())
  }

  /// `[1]`
  private static func isStatus(_ line: String) -> Bool {
    line.count > 2 && line.first == "[" && line.last == "]"
      && line.dropFirst().dropLast().allSatisfy(\.isNumber)
  }

  private static func matches(_ line: Substring, _ pattern: Substring) -> Bool {
    guard let wild = pattern.firstIndex(of: "…") else { return line == pattern }
    guard line.hasPrefix(pattern[..<wild]) else { return false }
    let rest = pattern[pattern.index(after: wild)...]
    var start = line.index(line.startIndex, offsetBy: pattern.distance(from: pattern.startIndex, to: wild))
    while true {
      if matches(line[start...], rest) { return true }
      guard start < line.endIndex else { return false }
      start = line.index(after: start)
    }
  }
}
