/// Word that something has come for the current task: bytes, an entry, a step of a long search.
///
/// Whoever waits for a task with a limit listens, so that the limit is one of standing still and not of work that
/// may rightly take minutes. Child tasks are heard as well; detached ones are not. Shared work is heard by all who wait
/// for it (`SingleFlight`).
///
/// With nobody listening it costs a look at a task-local value, so whoever decodes may call it for each piece.
package enum Progress {
  @TaskLocal private static var listener: (any ProgressListener)?

  /// Who listens to the current task.
  static var current: (any ProgressListener)? { listener }

  /// Something has come.
  package static func note() { listener?.noteProgress() }

  /// The body's result; what it notes, and the tasks that it starts and that are not detached, goes to the listener.
  package static func told<Result>(
    to listener: any ProgressListener, _ body: () throws -> Result
  ) rethrows -> Result {
    try $listener.withValue(listener, operation: body)
  }
}

/// What waits for a task that notes progress.
package protocol ProgressListener: Sendable {
  /// Comes from any thread, many times a second, and may come when the task has its answer already.
  func noteProgress()
}
