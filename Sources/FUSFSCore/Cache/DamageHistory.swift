/// When the cache's file seemed to be damaged, and what is to be done about it now. Pure.
///
/// A disk that fails looks like damage too. So SQLite looks at the whole file before it is replaced, however often that
/// was in vain; only where the file seems to be damaged again at once is it replaced though SQLite finds it whole: what
/// is wrong then is in what its rows say.
struct DamageHistory {
  enum Measure {
    /// Replace the file if something is wrong with it.
    case examine
    /// Replace the file.
    case replace
    /// Use no file any more.
    case giveUp
  }

  /// Files that are made in vain before no more are.
  static let mostReplacements = 3
  /// For how long a file that was replaced counts.
  private static let memory = Duration.seconds(3600)

  private let moment: Duration
  private var replacements: [SuspendingClock.Instant] = []
  private var lastWhole: (file: CacheDirectory.FileIdentity, at: SuspendingClock.Instant)?

  /// - Parameter moment: how soon after it was found whole a file may not seem to be damaged again.
  init(moment: Duration = .seconds(10)) { self.moment = moment }

  /// The file seems to be damaged.
  mutating func measure(
    for file: CacheDirectory.FileIdentity?, at now: SuspendingClock.Instant
  ) -> Measure {
    replacements.removeAll { now - $0 >= Self.memory }
    guard replacements.count < Self.mostReplacements else { return .giveUp }
    guard let lastWhole, lastWhole.file == file, now - lastWhole.at < moment else { return .examine }
    return .replace
  }

  /// Another file was made because it was damaged.
  mutating func replaced(at now: SuspendingClock.Instant) { replacements.append(now) }

  /// SQLite finds nothing wrong with it.
  mutating func foundWhole(_ file: CacheDirectory.FileIdentity, at now: SuspendingClock.Instant) {
    lastWhole = (file, now)
  }
}
