import FUSNet
import Testing

@testable import CommandLine

@Suite struct HelpPageTests {
  @Test func pageOfUnmount() throws {
    #expect(
      try parse(["unmount", "--help"])
        == .help(
          """
          Ends the mount on the directory MOUNTPOINT and waits until its daemon has
          written its cache and is gone; with --lazy it waits for nothing.

          Usage: fusfs unmount MOUNTPOINT [options]

          Mount:
            --lazy                      detach now, and end when the last open file is
                                        closed

          General:
            -h, --help                  print help, also for one command
            -V, --version               print the version

          """))
  }

  @Test func pageOfVerify() throws {
    #expect(
      try parse(["verify", "--help"])
        == .help(
          """
          Reads the file PATH, or each file below the directory PATH, once and compares it
          with every checksum that there is of it: in a mount the CRC-32 of the package
          (.zip.enc4) and of its members, and in a mount or a copy the CRC-32 of what a
          .zip holds, the MD5 lines of a tar.md5 and the checksums in an LZ4 file. Files
          without a checksum of their own, such as what is unpacked from others, are left
          out. A mount fetches what it does not have yet. The exit status is 1 if
          something differs, cannot be read, or nothing could be checked.

          Usage: fusfs verify PATH [options]

          Output and log:
            --json                      print JSON

          General:
            -h, --help                  print help, also for one command
            -V, --version               print the version

          """))
  }

  @Test func pageOfTheCache() throws {
    guard case .help(let text) = try parse(["cache", "--help"]) else {
      Issue.record("no page")
      return
    }
    #expect(text.hasPrefix("Usage: fusfs cache status [options]\n       fusfs cache pin "))
    #expect(text.hasSuffix("  fusfs cache clear           empty the cache; see fusfs cache clear --help\n"))
    #expect(try parse(["cache", "trim", "--help"]) == .help(HelpPage(verb: .cacheTrim).text))
  }

  @Test func everyOptionIsOnThePageOfItsVerb() {
    for verb in Verb.allCases {
      let text = HelpPage(verb: verb).text
      for option in Option.table {
        #expect(text.contains("  \(option.synopsis)") == option.verbs.contains(verb))
      }
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
    #expect(
      HelpPage(verb: nil).text.contains("--cache-size SIZE           most bytes that the block cache may"))
  }

  @Test(arguments: [["--help"], ["-h"], ["/m", "--memory=x", "-h"], ["-h", "--config=/nowhere"]])
  func isGivenWhateverElseIsWrong(arguments: [String]) throws {
    #expect(try parse(arguments, configuration: "nonsense") == .help(HelpPage(verb: nil).text))
  }

  @Test(arguments: [["--version"], ["-V"], ["info", "-V"]])
  func version(arguments: [String]) throws {
    #expect(try parse(arguments) == .version)
  }

  @Test func wrapping() {
    #expect("aa bb cc".wrapped(width: 5) == "aa bb\ncc")
    #expect("aa bb".wrapped(indent: 2, width: 4) == "  aa\n  bb")
    #expect("toolong x".wrapped(width: 3) == "toolong\nx")
    #expect("a b\u{A0}c".wrapped(width: 4) == "a\nb c")
    #expect("".wrapped() == "")
  }
}

@Suite struct ManualPageTests {
  @Test func everyOptionIsAnItem() throws {
    guard case .help(let text) = try parse(["--man"]) else {
      Issue.record("no manual page")
      return
    }
    #expect(text.hasPrefix(".TH FUSFS 1 "))
    for option in Option.table {
      #expect(
        text.contains(
          option.name.count == 1
            ? ".B \\-o " : "\\-\\-\(option.name.split(separator: "-").joined(separator: "\\-"))"))
    }
    for key in Profile.OverrideKey.allCases {
      #expect(text.contains(".B \(key.rawValue.split(separator: "-").joined(separator: "\\-"))\n"))
    }
    let macros = Set(
      text.split(separator: "\n").filter { $0.hasPrefix(".") }.compactMap { $0.split(separator: " ").first })
    #expect(macros == [".TH", ".SH", ".SS", ".TP", ".B", ".I", ".BR", ".nf", ".fi"])
  }
}

@Suite struct BashCompletionTests {
  @Test func everyOptionIsOffered() throws {
    guard case .help(let text) = try parse(["--completion", "bash"]) else {
      Issue.record("no completion script")
      return
    }
    let mounting = try #require(text.split(separator: "\n").first { $0.hasPrefix("    *) options=") })
    for option in Option.table where option.verbs.contains(.mount) {
      #expect(mounting.contains(option.name.count == 1 ? " -\(option.name) " : "--\(option.name)"))
    }
    #expect(
      text.contains(
        "    --nature) mapfile -t COMPREPLY < <(compgen -W 'factory home' -- \"$current\"); return ;;"))
    #expect(text.contains("    --expand) mapfile -t COMPREPLY < <(compgen -W 'full known off' --"))
    #expect(text.contains("    verify) options='--json --help --version' ;;"))
    #expect(text.contains("then words='info fetch verify cache status unmount'; fi"))
    let cache = try #require(text.split(separator: "\n").first { $0.hasPrefix("    cache) options=") })
    #expect(cache.hasSuffix("' words='status pin unpin trim clear' ;;"))
    #expect(cache.contains(" --force ") && cache.contains("--cache-dir "))
    #expect(cache.split(separator: " ").count { $0 == "--json" } == 1)
    #expect(text.hasSuffix("complete -F _fusfs fusfs\n"))
  }
}
