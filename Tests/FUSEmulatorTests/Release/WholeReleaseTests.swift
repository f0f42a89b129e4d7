import TestSupport
import Testing

@testable import FUSEmulator

/// Whole releases, taken apart with the tools that others wrote.
@Suite struct WholeReleaseTests {
  private static func make(_ scratch: TemporaryDirectory, _ name: String, extra: [String] = []) throws
    -> Int32
  {
    ReleaseMaker.run(
      arguments: [
        "\(scratch.path)/\(name)", "--model", "SM-A207F", "--region", "SER", "--version", "A207FXXU2CUI2",
        "--size", "16",
      ] + extra)
  }

  /// The folder of the scripts that make and unpack packages.
  private static let tools =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/packages"

  @Test func everyFileIsAsTheTruthSays() throws {
    let scratch = TemporaryDirectory()
    #expect(try Self.make(scratch, "r") == 0)
    #expect(
      try scratch.shell("ls -A r | sed 's/^SM.*enc4/package/'") == "package\nrelease.json\ntruth.json\n")
    let partitions = try scratch.shell("'\(Self.tools)/unpack-release.sh' r tree")
    #expect(partitions == "system 2\nvendor 1\nproduct 1\n")

    let archive = "tree/*_fac.zip"
    try scratch.shell("unzip -t \(archive); 7z t \(archive)")
    let methods = try scratch.shell(
      """
      python3 -c 'import zipfile, sys
      z = zipfile.ZipFile(sys.argv[1])
      assert z.testzip() is None
      for i in z.infolist(): print(i.filename.split("_")[0], i.compress_type)' \(archive)
      """)
    #expect(methods == "BL 0\nAP 8\nCP 8\nCSC 8\nHOME 8\n")
    // The MD5 line is the last of each member.
    try scratch.shell(
      """
      cd tree; for member in *.tar.md5; do
        line=$(tail -c 300 $member | tr -d '\\0' | tail -n 1)
        size=$(($(stat -c %s $member) - ${#line} - 1))
        test $((size % 10240)) = 0
        echo "$line" | sed 's/ [^ ]*$/ -/' > ../line
        head -c $size $member | md5sum -c ../line
      done
      """)
    #expect(try scratch.shell("heimdall print-pit --file tree/CSC/*.pit").contains("Partition Name: SUPER\n"))

    try scratch.shell(
      """
      jq -r '.files[] | .sha256 + "  " + .path' r/truth.json > sums; cd tree; sha256sum --quiet -c ../sums
      jq -r '.files[] | "\\(.size) \\(.path)"' ../r/truth.json | while read size path; do
        test $(stat -c %s $path) = $size
      done
      find . -type f | sed 's/..//' | sort > ../found; jq -r '.files[].path' ../r/truth.json | sort | diff ../found -
      """)
    try scratch.shell(
      """
      cd tree/AP/super
      e2fsck -fn system.img; e2fsck -fn vendor.img; dumpe2fs -h system.img; fsck.erofs product.img
      debugfs -R 'dump /build.prop build.prop' system.img 2>/dev/null; test $(stat -c %s build.prop) = 6211
      test "$(debugfs -R 'stat /bin/ls' system.img 2>/dev/null | grep -c 'Fast link dest: "toybox"')" = 1
      """)
    let record = try scratch.shell(
      """
      package=$(echo r/*.enc4)
      test $(jq -r .byte_size r/release.json) = $(stat -c %s $package)
      test $(jq -r .content_md5 r/release.json) = $(openssl md5 -binary $package | base64)
      test $(jq -r .crc32 r/release.json) = $(python3 -c '
      import zlib, sys
      print(zlib.crc32(open(sys.argv[1], "rb").read()))' $package)
      jq -r '.model, .region, .binary_nature, .encryption, .members.DEVICE_USER_DATA_FILE' r/release.json
      """)
    #expect(record == "SM-A207F\nSER\n1\nenc4\n\n")
  }

  @Test func theSameSeedMakesTheSameBytesAndAnotherDoesNot() throws {
    let scratch = TemporaryDirectory()
    #expect(try Self.make(scratch, "a") == 0)
    #expect(try Self.make(scratch, "b") == 0)
    #expect(try Self.make(scratch, "c", extra: ["--seed", "2"]) == 0)
    try scratch.shell("diff -r a b")
    let shared = try scratch.shell(
      """
      for r in a c; do
        jq -r '.files[] | select(.path | test("zip|tar.md5|super|boot|sboot|modem|optics")) | .sha256' $r/truth.json |
          sort -u
      done | sort | uniq -d
      """)
    #expect(shared.isEmpty)
  }

  @Test func plainAndOlderPackagesHoldTheSameArchive() throws {
    let scratch = TemporaryDirectory()
    #expect(try Self.make(scratch, "plain", extra: ["--encryption", "none"]) == 0)
    #expect(try Self.make(scratch, "older", extra: ["--encryption", "enc2", "--nature", "home"]) == 0)
    try scratch.shell(
      """
      key=$(printf 'SER:SM-A207F:A207FXXU2CUI2/A207FOXM2CUI2/A207FXXU2CUI2/A207FXXU2CUI2' | md5sum | cut -c 1-32)
      openssl enc -d -aes-128-ecb -K $key -in older/*.zip.enc2 | cmp - plain/*.zip
      test $(jq .binary_nature older/release.json) = 0
      test $(jq '[.files[].path | select(endswith(".zip"))] | length' plain/truth.json) = 2
      """)
  }

  @Test func aPackageOfAnotherMakerIsEncryptedAsItIs() throws {
    let scratch = TemporaryDirectory()
    try scratch.shell("echo one > AP_x.tar.md5; echo two > other; zip -q x.zip AP_x.tar.md5 other")
    let arguments = [
      "--model", "SM-A207F", "--region", "SER", "--version", "A207FXXU2CUI2", "--package",
      "\(scratch.path)/x.zip", "--members", "AP_x.tar.md5",
    ]
    #expect(ReleaseMaker.run(arguments: ["\(scratch.path)/r"] + arguments) == 0)
    #expect(ReleaseMaker.run(arguments: ["\(scratch.path)/plain", "--encryption", "none"] + arguments) == 0)
    try scratch.shell(
      "'\(Self.tools)/unpack-release.sh' r tree || true; cmp tree/*.zip x.zip; cmp plain/*.zip x.zip")
    let told = try scratch.shell(
      "jq -r '.members | .DEVICE_PDA_CODE1_FILE, .DEVICE_BOOT_FILE' r/release.json")
    #expect(told == "AP_x.tar.md5\n\n")
    try scratch.shell(
      """
      jq -r '.files[] | .sha256 + "  " + .path' r/truth.json > sums; test $(wc -l < sums) = 2
      mkdir both; cp tree/*.zip r/*.enc4 both; cd both; sha256sum --quiet -c ../sums
      """)
    #expect(
      ReleaseMaker.run(
        arguments: ["\(scratch.path)/none"] + arguments.map { $0.replacing("x.zip", with: "y.zip") }) == 1)
    #expect(try scratch.shell("ls -d none || echo gone") == "gone\n")
  }

  @Test func theTreesOfTheFileSystemsCanBeKept() throws {
    let scratch = TemporaryDirectory()
    #expect(try Self.make(scratch, "r", extra: ["--keep-trees"]) == 0)
    #expect(try scratch.shell("ls r/trees") == "product\nsystem\nvendor\n")
    #expect(
      try scratch.shell("readlink r/trees/system/bin/ls; stat -c %s r/trees/vendor/build.prop")
        == "toybox\n6211\n")
  }

  @Test func aFolderInUseIsLeftAlone() throws {
    let scratch = TemporaryDirectory()
    try scratch.shell("mkdir r; echo mine > r/file")
    #expect(try Self.make(scratch, "r") == 1)
    #expect(try scratch.shell("ls -A r; cat r/file") == "file\nmine\n")
  }

  @Test(arguments: [0, 7, 25, 35, 60]) func anInterruptionLeavesNothingBehind(checks: Int) throws {
    let scratch = TemporaryDirectory()
    let arguments = try ReleaseArguments([
      "\(scratch.path)/r", "--model", "SM-A207F", "--region", "SER", "--version", "A207FXXU2CUI2", "--size",
      "16",
    ])
    var left = checks
    let progress = Progress {
      left -= 1
      return left < 0
    }
    #expect(throws: ReleaseFault.failed("Interrupted: nothing of the release remains.")) {
      try ReleaseMaker.make(ReleasePlan(arguments), progress: progress)
    }
    #expect(try scratch.shell("ls") == "")
  }
}
