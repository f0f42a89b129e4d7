import FUSFSCore
import Primitives

/// `fusfs verify PATH`: checks a file, or all below a directory, against the checksums that they have.
struct VerifyCommand {
  private let options: VerifyOptions
  private let output: ProgramOutput
  private let progress: ProgressLine
  private let pool: WorkerPool
  private let verifier: FileVerifier

  /// - Parameter terminalWidth: of the terminal that shows errors, in characters; nil if it is none.
  init(_ options: VerifyOptions, output: ProgramOutput, terminalWidth: Int?) {
    self.options = options
    self.output = output
    progress = ProgressLine(width: terminalWidth, write: output.error)
    pool = WorkerPool(threads: 2, name: "fusfs-verify")
    verifier = FileVerifier(progress: progress, pool: pool)
  }

  func run() -> Int32 {
    do throws(Failure) {
      try pool.check()
      let path = options.path.text
      let (kind, _) = try Folder.look(at: path, followingLinks: true, calling: path)
      guard kind != .other else {
        throw Failure(.invalid, "\(path) is neither a file nor a directory.")
      }
      // Reading a file blocks its thread, for as long as the mount fetches.
      let files = try waitForResult(on: pool) { () async throws(Failure) -> [FileCheck] in
        guard kind == .directory else { return [report(await verifier.check(path))] }
        var seen: Set<Folder.Identity> = []
        return await checks(below: path, &seen)
      }
      let verification = Verification(of: path, files)
      if options.isJSON {
        guard output.standard(try verification.json()) else { return ExitStatus.failure }
      }
      guard verification.outcome != .unchecked else {
        throw Failure(
          .invalid, "\(path) has nothing that can be checked.",
          cure: cure(for: path))
      }
      if !options.isJSON, kind == .directory {
        guard output.standard(verification.summary) else { return ExitStatus.failure }
      }
      return verification.outcome == .right ? ExitStatus.success : ExitStatus.failure
    } catch {
      output.error("\(ErrorMessage(error))\n")
      return ExitStatus.failure
    }
  }

  private func cure(for path: String) -> String {
    let packed = path + FileVerifier.packedSuffix
    if (try? Folder.look(at: packed, followingLinks: true)) != nil {
      return "Its checksums are in \(packed)."
    }
    if path.contains(".zip.enc") { return "What its checksum must be is known in a mount alone." }
    return "Name a .zip, .zip.enc4, .tar.md5 or .lz4 file, or a directory with some."
  }

  /// What is found below the directory, each file once: the latest release is shown under its own name too.
  private func checks(below directory: String, _ seen: inout Set<Folder.Identity>) async -> [FileCheck] {
    var checks: [FileCheck] = []
    do throws(Failure) {
      for name in try Folder.names(in: directory) {
        let path = directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
        do throws(Failure) {
          let (kind, identity) = try Folder.look(at: path, followingLinks: false)
          switch kind {
          case .directory: checks += await self.checks(below: path, &seen)
          case .file where seen.insert(identity).inserted:
            checks.append(report(await verifier.check(path, isOneOfMany: true)))
          case .file, .other: continue
          }
        } catch {
          checks.append(report(FileCheck(path: path, outcome: .unread, problem: error.cause)))
        }
      }
    } catch {
      checks.append(report(FileCheck(path: directory, outcome: .unread, problem: error.cause)))
    }
    return checks
  }

  /// Tells the person at once, since the next file may take long.
  private func report(_ check: FileCheck) -> FileCheck {
    if !options.isJSON, check.outcome != .unchecked { _ = output.standard(check.words) }
    return check
  }
}
