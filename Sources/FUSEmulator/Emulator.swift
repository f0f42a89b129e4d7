/// Samsung's firmware servers on one port of this machine: control, bulk and version list.
public final class Emulator: Sendable {
  private let daemon: HTTPDaemon

  /// Begins to serve.
  /// - Parameters:
  ///   - releases: folders made by `make-release`; of one model and region, the first is the latest.
  ///   - port: 0 for any that is free.
  ///   - settings: names and values as on the command line, without the dashes.
  public init(
    releases: [String], port: UInt16 = 0, settings: [(name: String, value: String)] = []
  ) throws(EmulatorFailure) {
    var served: [ServedRelease] = []
    for folder in releases { served.append(try ServedRelease(folder: folder)) }
    var chosen = Settings()
    for setting in settings { try chosen.set(setting.name, to: setting.value) }
    daemon = try HTTPDaemon(Service(Catalogue(served), settings: chosen), port: port)
  }

  public var port: UInt16 { daemon.port }

  /// Where it listens, with a slash at the end.
  public var url: String { "http://127.0.0.1:\(port)/" }

  /// Ends all connections and gives the port back.
  public func stop() {
    daemon.stop()
  }
}
