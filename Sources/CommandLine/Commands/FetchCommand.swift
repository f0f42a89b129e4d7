import FUSFSCore
import FuseBridge
import Primitives

/// `fusfs fetch PATH|MODEL/CSC[/VERSION[/FILE]]…`: fills the cache.
struct FetchCommand {
  private let options: FetchOptions
  private let output: ProgramOutput
  private let progress: ProgressLine

  /// How often it is looked how far it is.
  private static let interval = Duration.milliseconds(200)

  /// - Parameter terminalWidth: of the terminal that shows errors, in characters; nil if it is none.
  init(_ options: FetchOptions, output: ProgramOutput, terminalWidth: Int?) {
    self.options = options
    self.output = output
    progress = ProgressLine(width: terminalWidth, write: output.error)
  }

  private enum Target {
    /// In a mount, or so it is hoped.
    case path(PathName)
    case release(ReleasePath)

    /// A file of a mount counts more than what has the form of a release, and that more than other files.
    init?(_ place: Place) {
      if let release = ReleasePath(place.text), (try? MountedPath(place.path.text)) == nil {
        self = .release(release)
      } else if place.text.contains("/")
        || (try? Folder.look(at: place.path.text, followingLinks: true)) != nil
      {
        self = .path(place.path)
      } else {
        return nil
      }
    }
  }

  func run() -> Int32 {
    var targets: [(name: String, target: Target)] = []
    for place in options.places {
      guard let target = Target(place) else {
        output.error(
          "fusfs: \(printable(place.text)) is neither there nor of the form MODEL/CSC, such as SM-A207F/SER.\n"
        )
        return ExitStatus.usage
      }
      targets.append((place.text, target))
    }
    let news = Semaphore()
    let interruption = Interruption { news.signal() }
    do throws(Failure) {
      let needsClient = targets.contains { if case .release = $0.target { true } else { false } }
      let client = needsClient ? try makeClient() : nil
      var report = FetchReport()
      for (name, target) in targets {
        guard let fetched = fetch(name, target, client, news, interruption) else { break }
        report.places.append(fetched)
        tell(fetched)
      }
      client?.close()
      if let signal = interruption.signal { return Interruption.end(by: signal) }
      if options.isJSON {
        guard output.standard(try report.json()) else { return ExitStatus.failure }
      }
      return report.isComplete ? ExitStatus.success : ExitStatus.failure
    } catch {
      output.error("\(ErrorMessage(error))\n")
      return ExitStatus.failure
    }
  }

  private func makeClient() throws(Failure) -> Client {
    try Client(
      options.client, latestTTL: .seconds(5), log: options.client.log.makeLog())
  }

  /// What came of it; nil when the person has interrupted it, who is told how far it is.
  private func fetch(
    _ name: String, _ target: Target, _ client: Client?, _ news: Semaphore, _ interruption: Interruption
  ) -> FetchReport.Fetched? {
    let start = SuspendingClock.now
    let run = FetchRun(
      { () throws(Failure) in
        switch target {
        case .path(let path): return try MountedPath(path.text)
        case .release(let release):
          guard let client else { throw Failure(.invalid, "There is no client.") }
          return try PackageSource(release, of: client)
        }
      }, whenEnded: { news.signal() })
    defer { progress.clear() }
    var isShown = false
    while true {
      if interruption.signal != nil {
        progress.clear()
        let state = run.current.map {
          ": \(ByteSize(bytes: $0.cached).words) of \(ByteSize(bytes: $0.size).words) are in the cache"
        }
        output.error("fusfs: \(printable(name)) was interrupted\(state ?? "").\n")
        return nil
      }
      if let outcome = run.outcome {
        return FetchReport.Fetched(name, outcome, after: SuspendingClock.now - start)
      }
      if let before = run.before {
        if !isShown { progress.begin(name, at: before.cached) }
        isShown = true
        if let current = run.current { progress.show(current.cached, of: current.size) }
      }
      _ = news.wait(for: Self.interval)
    }
  }

  private func tell(_ fetched: FetchReport.Fetched) {
    if let problem = fetched.problem {
      output.error("fusfs: \(printable(fetched.place)): \(printable(problem))\n")
    } else if !options.isJSON {
      _ = output.standard(fetched.words)
    }
  }
}
