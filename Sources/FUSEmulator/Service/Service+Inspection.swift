import FoundationEssentials

/// The part of the server that tests talk to:
///
///     GET  /emulator/counters         what was asked and sent, as JSON
///     POST /emulator/counters/reset   counters and refusals begin anew
///     POST /emulator/set              lines option=value, all or none of which are taken
///     GET  /emulator/refusals         why requests were refused, as a JSON list of sentences
///     GET  /emulator/secrets          the cookies, nonces and signatures of all sessions, as a JSON list
extension Service {
  mutating func inspect(_ name: String, _ request: Request) -> Answer {
    switch (request.method, name) {
    case ("GET", "counters"): return json(counters)
    case ("GET", "refusals"): return json(refusals)
    case ("GET", "secrets"): return json(secrets.values)
    case ("POST", "counters/reset"):
      counters.reset()
      forgetRefusals()
      return text(200, "reset")
    case ("POST", "set"):
      do throws(EmulatorFailure) {
        try change(String(decoding: request.body, as: UTF8.self))
        return text(200, "set")
      } catch {
        return text(400, error.description)
      }
    default: return text(404, "there is no \(request.method) /emulator/\(name)")
    }
  }

  /// Takes lines `option=value`.
  private mutating func change(_ lines: String) throws(EmulatorFailure) {
    var changed = (settings: settings, catalogue: catalogue)
    for line in lines.split(whereSeparator: \.isNewline) {
      guard let equals = line.firstIndex(of: "=") else {
        throw EmulatorFailure("\(line) is not option=value")
      }
      let value = String(line[line.index(after: equals)...])
      switch line[..<equals] {
      case "latest": try changed.catalogue.makeLatest(value)
      case "withdraw": try changed.catalogue.withdraw(value)
      case let name: try changed.settings.set(String(name), to: value)
      }
    }
    (settings, catalogue) = changed
  }

  private func json(_ value: some Encodable) -> Answer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Answer(type: "application/json", body: Array(try encoder.encode(value)) + [UInt8(ascii: "\n")])
    } catch {
      return text(500, "this cannot be written as JSON: \(error)")
    }
  }

  private func text(_ status: UInt32, _ line: String) -> Answer {
    Answer(status: status, type: "text/plain;charset=UTF-8", body: Array((line + "\n").utf8))
  }
}
