#if THREAD_SANITIZER
  /// In place of the library's function of this name, which waits out of the reach of scripts/sanitize-thread.c. This one
  /// is compiled into whoever calls it.
  @inline(__always)
  package func withCheckedContinuation<Value>(
    isolation: isolated (any Actor)? = #isolation, function: String = #function,
    _ body: (CheckedContinuation<Value, Never>) -> Void
  ) async -> sending Value {
    unsafe await withUnsafeContinuation(isolation: isolation) {
      unsafe body(CheckedContinuation(continuation: $0, function: function))
    }
  }
#endif
