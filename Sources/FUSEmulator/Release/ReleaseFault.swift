/// Why a release was not made, as a sentence for the person who asked for it.
enum ReleaseFault: Error, Equatable {
  /// The arguments cannot be understood: exit status 2.
  case usage(String)
  /// A file, a library or a program refused: exit status 1.
  case failed(String)

  var sentence: String {
    switch self {
    case .usage(let text), .failed(let text): text
    }
  }

  var exitStatus: Int32 {
    switch self {
    case .usage: 2
    case .failed: 1
    }
  }
}
