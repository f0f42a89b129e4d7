import Glibc
import TestSupport
import Testing

extension MountTests {
  /// The examples of docs/SEMANTICS.md are true.
  @Suite struct SemanticsTests {
    private static let document = "\(Binaries.project)/docs/SEMANTICS.md"
    private static let chapters =
      (try? shell("cat '\(document)'").output).map { DocumentExamples($0).chapters } ?? []

    @Test func thePageHasExamples() {
      #expect(Self.chapters.count >= 10)
      #expect(
        Self.chapters.allSatisfy { chapter in
          chapter.commands.contains { !$0.expected.isEmpty }
            || chapter.commands.contains { $0.text.contains("cmp") }
        })
    }

    @Test(arguments: chapters)
    func examplesAreTrue(of chapter: DocumentExamples.Chapter) throws {
      guard geteuid() == 0 || !chapter.commands.contains(where: { $0.text.contains("mount -t ") }) else {
        return
      }
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let folder = TemporaryDirectory()
      defer {
        for name in ["mnt", "mnt2"] { Mount.end("\(folder.path)/\(name)") }
        _ = try? shell("umount -q '\(folder.path)/small'")
      }
      try folder.write(
        Array(releases[0].files.map { "\($0.sha256)  -\t\($0.path)\n" }.joined().utf8), to: "sums")
      try folder.write(Array(script(chapter, server, in: folder.path).utf8), to: "script")
      let run = try ChildProcess(["bash", "\(folder.path)/script"]).finish(within: .seconds(120))
      let outputs = run.output.split(separator: "\u{1e}", omittingEmptySubsequences: false).dropFirst()
      try #require(outputs.count == chapter.commands.count, "\(run.output)\(run.errors)")
      for (command, output) in zip(chapter.commands, outputs) {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
          String.init)
        #expect(
          DocumentExamples.match(lines[...], command.expected[...]),
          "line \(command.line): $ \(command.text)\n\(output)")
      }
    }

    /// Runs the commands in one shell; each one's output follows a record separator.
    private func script(_ chapter: DocumentExamples.Chapter, _ server: EmulatedServer, in folder: String)
      -> String
    {
      let commands = chapter.commands.map { command in
        """
        printf '\\036'
        {
        \(command.text)
        } 2>&1
        status=$?; [ $status = 0 ] || echo "[$status]"
        """
      }
      return """
        export LC_ALL=C.UTF-8 PATH='\(Binaries.fusfs.dropLast("/fusfs".count))':$PATH XDG_CONFIG_HOME='\(folder)/config'
        cd '\(folder)' && mkdir -p mnt mnt2 config/fusfs || exit
        cat > config/fusfs/config.toml <<END
        server-url = "\(server.url)"
        cdn-url = "\(server.url)"
        fota-url = "\(server.url)"
        cache-dir = "\(folder)/cache"
        log-file = "\(folder)/log"
        END
        fusfs() {
          local word words=()
          for word; do case $word in mnt | mnt2) word=$PWD/$word ;; esac; words+=("$word"); done
          command fusfs "${words[@]}"
        }
        ask() { curl -sS --fail-with-body --max-time 10 "$@"; }
        server() { ask --data-binary "$1" '\(server.url)emulator/set' > /dev/null; }
        sent() { ask '\(server.url)emulator/counters' | jq .bytes_sent; }
        asked() { ask '\(server.url)emulator/counters' | jq ".requests.$1 // 0"; }
        truth() { while IFS=$'\\t' read -r sum name; do case $name in $1) echo "$sum"; break ;; esac; done < sums; }

        """ + commands.joined(separator: "\n") + "\n"
    }
  }
}
