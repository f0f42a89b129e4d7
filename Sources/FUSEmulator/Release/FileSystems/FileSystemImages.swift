import Glibc

/// Makes images of file systems with the programs that make real ones, the same bytes for the same arguments on every
/// machine: UUIDs, hash seeds and times are given, and no time, order or owner of a file on this machine gets in.
struct FileSystemImages {
  enum Kind {
    case ext4
    case erofs
  }

  /// An existing folder for the images and what they are made from.
  let folder: String
  /// Where the trees are kept; they are removed where nothing is said.
  var trees: String?
  /// Every file's, in seconds since 1970.
  let time: Int
  let seed: UInt64

  private static let blockSize = 4096

  /// Makes `<partition>.img` in the folder and gives its path. Its size is a multiple of 4096.
  func make(_ kind: Kind, partition: String, tree: SourceTree) throws(ReleaseFault) -> String {
    let source = "\(trees ?? folder)/\(partition)"
    let image = "\(folder)/\(partition).img"
    try createFolder(source)
    defer { if trees == nil { removeTree(source) } }
    for node in tree.nodes {
      switch node {
      case .directory(let path): try createFolder("\(source)/\(path)")
      case .file(let path, let mode, let content):
        try content.copy(to: FileSink(creating: "\(source)/\(path)", mode: mode))
      case .symbolicLink(let path, let target):
        guard unsafe symlink(target, "\(source)/\(path)") == 0 else {
          throw .failed("\(source)/\(path) cannot be created: \(errorText(errno)).")
        }
      }
    }
    var generator = SplitMix(seed: SplitMix.seed(seed, "\(partition).img"))
    switch kind {
    case .ext4:
      let uuids = (generator.uuid(), generator.uuid())
      try makeExt4(image, source: source, tree: tree, uuid: uuids.0, hashSeed: uuids.1)
    case .erofs: try makeErofs(image, source: source, uuid: generator.uuid())
    }
    return image
  }

  /// `mkfs.ext4` makes the empty file system and `debugfs` fills it in the tree's order. (`mkfs.ext4 -d` keeps this
  /// machine's change times and takes the order in which its file system lists names.)
  private func makeExt4(
    _ image: String, source: String, tree: SourceTree, uuid: String, hashSeed: String
  ) throws(ReleaseFault) {
    let inodes = (tree.inodeCount * 5 / 4 + 64).roundedUp(to: 16)
    let blocks = tree.blockCount(blockSize: Self.blockSize)
    // Beside the content: inodes, bitmaps and extents' blocks of each group, and some room as real images have it.
    let size = (blocks * Self.blockSize + blocks * 96 + inodes * 512 + (1 << 20)).roundedUp(to: 1 << 20)
    let configuration = "\(folder)/mke2fs.conf"
    try writeFile(configuration, "[defaults]\n[fs_types]\next4 = {\n}\n")
    defer { removeTree(configuration) }
    try writeFile(image, "")
    guard unsafe truncate(image, size) == 0 else {
      throw .failed("\(image) cannot grow: \(errorText(errno)).")
    }
    let features =
      "none,ext_attr,dir_index,filetype,extent,sparse_super,large_file,huge_file,dir_nlink,extra_isize"
    try run(
      .makeExt4,
      [
        "-q", "-F", "-O", features, "-b", "\(Self.blockSize)", "-I", "256", "-N", "\(inodes)", "-m", "0",
        "-L", "/",
        "-U", uuid, "-E", "hash_seed=\(hashSeed),lazy_itable_init=0,root_owner=0:0,nodiscard", image,
      ], configuration: configuration)
    let script = "\(folder)/debugfs.commands"
    let commands = tree.nodes.map { node in
      switch node {
      case .directory(let path): "mkdir /\(path)\n"
      case .file(let path, _, _): "write \(source)/\(path) /\(path)\n"
      case .symbolicLink(let path, let target): "symlink /\(path) \(target)\n"
      }
    }
    try writeFile(script, commands.joined())
    defer { removeTree(script) }
    // It reports trouble in words only; its first line is its name and version.
    let complaints = try run(.fillExt4, ["-w", "-f", script, image], configuration: configuration).dropFirst()
    if let complaint = complaints.first { throw .failed("debugfs failed: \(complaint)") }
  }

  private func makeErofs(_ image: String, source: String, uuid: String) throws(ReleaseFault) {
    try run(
      .makeErofs, ["--quiet", "-zlz4", "-x-1", "-T\(time)", "-U", uuid, "--all-root", image, source],
      configuration: "/dev/null")
    let size = try FileSource(path: image).size
    guard unsafe truncate(image, size.roundedUp(to: Self.blockSize)) == 0 else {
      throw .failed("\(image) cannot be padded: \(errorText(errno)).")
    }
  }

  /// Runs a program without anything of this machine's environment and gives the lines of its error output.
  @discardableResult
  private func run(
    _ tool: Tool, _ arguments: [String], configuration: String
  ) throws(ReleaseFault) -> [String] {
    let environment = [
      "PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "MKE2FS_CONFIG=\(configuration)",
      "E2FSPROGS_FAKE_TIME=\(time)", "SOURCE_DATE_EPOCH=\(time)",
    ]
    let (output, errors) = ("\(folder)/tool.output", "\(folder)/tool.errors")
    defer {
      removeTree(output)
      removeTree(errors)
    }
    try tool.run(arguments, environment: environment, output: output, errors: errors)
    return Tool.lines(of: errors)
  }

  private func writeFile(_ path: String, _ text: String) throws(ReleaseFault) {
    try FileSink(creating: path).write(Array(text.utf8))
  }
}
