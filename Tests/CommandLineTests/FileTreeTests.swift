import Testing

@testable import CommandLine

@Suite struct FileTreeTests {
  private let tree = FileTree(
    name: "A207FXXU2CUI2", kind: .directory,
    children: [
      FileTree(name: "release.json", kind: .file, size: 530),
      FileTree(
        name: "AP", kind: .directory,
        children: [
          FileTree(name: "boot.img.lz4", kind: .file, size: 31_457_280),
          FileTree(name: "bad\u{1B}.img", kind: .file, problem: "It is damaged."),
          FileTree(name: "super", kind: .directory),
        ]),
    ])

  @Test func words() {
    #expect(
      tree.words == """
        A207FXXU2CUI2/
          release.json    530       530 B
          AP/
            boot.img.lz4  31457280  30.0 MiB
            bad�.img                          It is damaged.
            super/

        """)
  }

  @Test func json() throws {
    let text = try FileTree(
      name: "r", kind: .directory,
      children: [
        FileTree(name: "a/b", kind: .file, size: 1), FileTree(name: "c", kind: .directory, problem: "No."),
      ]
    ).json()
    #expect(
      text == """
        {
          "children" : [
            {
              "kind" : "file",
              "name" : "a/b",
              "size" : 1
            },
            {
              "kind" : "directory",
              "name" : "c",
              "problem" : "No."
            }
          ],
          "kind" : "directory",
          "name" : "r"
        }

        """)
  }

  @Test func oneProblemMakesItIncomplete() {
    #expect(!tree.isComplete)
    #expect(
      FileTree(name: "a", kind: .directory, children: [FileTree(name: "b", kind: .file, size: 0)]).isComplete)
    #expect(!FileTree(name: "a", kind: .directory, children: [], problem: "No.").isComplete)
  }
}
