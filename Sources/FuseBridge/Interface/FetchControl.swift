/// What a program can ask of an open file or directory beside its bytes: an ioctl without an argument, whose answer is
/// a `FetchState` in the machine's byte order.
///
/// ```
/// command │ 2: answer 2 bits │ size of the answer 14 │ 0xF5 8 │ number 8 │
/// answer  │ size 8 │ cached 8 │
/// ```
/// The parts of the command are those of `_IOR` in asm-generic/ioctl.h, by which the kernel knows how much to copy.
package enum FetchControl: UInt32, Sendable, CaseIterable {
  /// Answered at once.
  case state = 0x8010_F501
  /// Answered when all is there. An interrupt ends the wait.
  case fetch = 0x8010_F502

  static let answerSize = 16
}
