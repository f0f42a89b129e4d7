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
      #expect(Self.chapters.count >= 12)
      #expect(Self.chapters.contains { $0.needsRoot })
      #expect(
        Self.chapters.allSatisfy { chapter in
          chapter.commands.contains { !$0.expected.isEmpty }
            || chapter.commands.contains { $0.text.contains("cmp") }
        })
    }

    @Test func noExampleTakesWhateverComes() {
      for command in Self.chapters.flatMap(\.commands) {
        #expect(!command.takesAnything, "line \(command.line): $ \(command.text)")
      }
    }

    @Test func anEllipsisStandsForNoStatus() {
      let examples = DocumentExamples(
        """
        ## A chapter
        ```console
        $ grep -c x log
        …
        $ ls a; ls b
        …: No such file or directory
        …
        [2]
        ```
        """)
      let expected = examples.chapters[0].commands.map(\.expected)
      #expect(examples.chapters[0].commands.map(\.takesAnything) == [true, false])
      #expect(DocumentExamples.match(["1"], expected[0][...]))
      #expect(!DocumentExamples.match(["0", "[1]"], expected[0][...]))
      let missing = "ls: a: No such file or directory"
      #expect(DocumentExamples.match([missing, missing, "[2]"], expected[1][...]))
      #expect(DocumentExamples.match([missing, "[2]"], expected[1][...]))
      #expect(!DocumentExamples.match([missing, "[1]"], expected[1][...]))
      #expect(!DocumentExamples.match([missing, missing], expected[1][...]))
    }

    @Test(arguments: chapters.filter { !$0.needsRoot })
    func examplesAreTrue(of chapter: DocumentExamples.Chapter) throws {
      try check(chapter)
    }

    @Test(
      .enabled(if: geteuid() == 0, "only root can mount a disk that is soon full"),
      arguments: chapters.filter(\.needsRoot))
    func examplesForRootAreTrue(of chapter: DocumentExamples.Chapter) throws {
      try check(chapter)
    }

    private func check(_ chapter: DocumentExamples.Chapter) throws {
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
          for word; do case $word in mnt | mnt2 | *.toml) word=$PWD/$word ;; esac; words+=("$word"); done
          command fusfs "${words[@]}"
        }
        ask() { curl -sS --fail-with-body --max-time 10 "$@"; }
        server() { ask --data-binary "$1" '\(server.url)emulator/set' > /dev/null; }
        sent() { ask '\(server.url)emulator/counters' | jq .bytes_sent; }
        asked() { ask '\(server.url)emulator/counters' | jq ".requests.$1 // 0"; }
        logged() { for n in {1..50}; do grep -q "$1" log && return; sleep 0.1; done; echo "not logged"; return 1; }
        truth() { while IFS=$'\\t' read -r sum name; do case $name in $1) echo "$sum"; break ;; esac; done < sums; }

        """ + commands.joined(separator: "\n") + "\n"
    }
  }
}
