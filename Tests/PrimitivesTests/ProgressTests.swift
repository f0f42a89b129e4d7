import Primitives
import Testing

@Suite("Progress", .timeLimit(.minutes(10)))
struct ProgressTests {
  @Test("With nobody listening nothing happens")
  func unheard() { Progress.note() }

  @Test("Each note is heard, and none after the body")
  func heard() {
    let count = NoteCount()
    let result = Progress.told(to: count) {
      Progress.note()
      Progress.note()
      return "done"
    }
    Progress.note()
    #expect(result == "done")
    #expect(count.value == 2)
  }

  @Test("The nearest listener hears")
  func nested() {
    let (outer, inner) = (NoteCount(), NoteCount())
    Progress.told(to: outer) {
      Progress.told(to: inner) { Progress.note() }
      Progress.note()
    }
    #expect(outer.value == 1)
    #expect(inner.value == 1)
  }

  @Test("Tasks started there and their children are heard for as long as they run, detached ones are not")
  func tasks() async {
    let count = NoteCount()
    let (child, detached) = Progress.told(to: count) {
      let child = Task {
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<10 { group.addTask { Progress.note() } }
        }
        Progress.note()
      }
      return (child, Task.detached { Progress.note() })
    }
    await child.value
    await detached.value
    #expect(count.value == 11)
  }
}
