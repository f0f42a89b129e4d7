/// The directories, files and links that a file system image is made from.
struct SourceTree {
  enum Node {
    case directory(path: String)
    case file(path: String, mode: UInt32, content: GeneratedContent)
    case symbolicLink(path: String, target: String)
  }

  /// Each directory comes before what lies in it. Paths have no slash in front.
  let nodes: [Node]

  /// A tree as a system partition has it, whose files have about `size` bytes together.
  init(partition: String, size: Int, seed: UInt64) {
    var nodes: [Node] = []
    for directory in ["app", "bin", "etc", "etc/init", "framework", "lib64", "lib64/hw", "media", "priv-app"]
    {
      nodes.append(.directory(path: directory))
    }
    let add = { (path: String, size: Int, mix: GeneratedContent.Mix, mode: UInt32) -> Node in
      let content = GeneratedContent(size: size, seed: SplitMix.seed(seed, "\(partition)/\(path)"), mix: mix)
      return .file(path: path, mode: mode, content: content)
    }
    // The sizes at which readers go wrong first.
    for size in [0, 1, 4095, 4096, 4097] { nodes.append(add("etc/\(size).dat", size, .packed, 0o644)) }
    nodes.append(add("build.prop", 6211, .text, 0o600))
    nodes.append(.symbolicLink(path: "bin/ls", target: "toybox"))
    nodes.append(.symbolicLink(path: "etc/hw", target: "../lib64/hw"))
    // Over 60 characters, so that ext4 keeps it in a block instead of in the inode.
    let deep = "/apex/com.android.runtime/lib64/bionic/hwasan/a/rather/deep/folder/libc.so"
    nodes.append(.symbolicLink(path: "lib64/libc_alias.so", target: deep))
    for (index, size) in Self.sizes(total: size, seed: SplitMix.seed(seed, partition)).enumerated() {
      switch index % 8 {
      case 0, 5: nodes.append(add("lib64/lib\(partition)\(index).so", size, .firmware, 0o644))
      case 1: nodes.append(add("lib64/hw/module\(index).so", size, .firmware, 0o644))
      case 2: nodes.append(add("bin/tool\(index)", size, .firmware, 0o755))
      case 3: nodes.append(add("etc/init/service\(index).rc", size, .text, 0o644))
      case 4: nodes.append(add("framework/part\(index).jar", size, .firmware, 0o644))
      case 6: nodes.append(add("media/clip\(index).ogg", size, .packed, 0o644))
      default:
        let folder = "\(index % 16 < 8 ? "app" : "priv-app")/Package\(index)"
        nodes.append(.directory(path: folder))
        nodes.append(add("\(folder)/Package\(index).apk", size, .firmware, 0o644))
      }
    }
    self.nodes = nodes
  }

  /// Many small sizes and few large ones: each a share of `total` drawn evenly on a logarithmic scale.
  private static func sizes(total: Int, seed: UInt64) -> [Int] {
    var generator = SplitMix(seed: seed)
    let count = 96 + min(total >> 23, 1500) / 8 * 8
    let weights = (0..<count).map { _ in
      (1 << generator.below(12)) * (1024 + generator.below(1024))
    }
    let sum = weights.reduce(0, +)
    return weights.map { Int(Double(total) * (Double($0) / Double(sum))) }
  }

  /// Files and directories.
  var inodeCount: Int { nodes.count }

  /// What the files take in blocks of `blockSize`.
  func blockCount(blockSize: Int) -> Int {
    nodes.reduce(0) { sum, node in
      switch node {
      case .directory, .symbolicLink: sum + 1
      case .file(_, _, let content): sum + content.size.roundedUp(to: blockSize) / blockSize
      }
    }
  }
}
