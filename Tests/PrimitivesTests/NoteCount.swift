import Primitives

/// Counts what is noted of progress.
final class NoteCount: ProgressListener {
  private let notes = Locked(0)
  var value: Int { notes.withLock { $0 } }
  func noteProgress() { notes.withLock { $0 += 1 } }
}
