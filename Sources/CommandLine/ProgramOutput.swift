/// Where text for the person goes; tests look at it.
struct ProgramOutput: Sendable {
  /// Tells whether the text could be written.
  let standard: @Sendable (String) -> Bool
  let error: @Sendable (String) -> Void

  /// The process's own streams.
  static var streams: ProgramOutput {
    ProgramOutput(
      standard: { StandardStream.output.write($0) }, error: { StandardStream.error.write($0) })
  }
}
