import Glibc
package import Primitives

/// What is mounted, as the kernel lists it. Nothing here touches a mount, which might not answer.
struct MountTable {
  struct Mount: Equatable {
    /// The device number, `major:minor`, as `/sys/class/bdi` names it.
    let device: String
    let path: String
    /// `fuse.fusfs`, `ext4`, …
    let type: String
    /// Who mounted it, where it is a FUSE file system.
    var user: UInt32?

    var isFuse: Bool { type == "fuse" || type == "fuseblk" || type.hasPrefix("fuse.") }
  }

  private let mounts: [Mount]

  /// What this process sees.
  static func current() throws(Failure) -> MountTable {
    MountTable(parsing: try readSmallFile("/proc/self/mountinfo"))
  }

  /// Lines of `/proc/self/mountinfo`, proc(5), in which an octal escape stands for a space, tab, newline or backslash:
  /// ```
  /// 36 35 0:41 / /mnt/my\040fus ro,noatime shared:1 - fuse.fusfs fusfs ro,user_id=0
  /// id    device root path      options    tags…    separator, type, source, options
  /// ```
  init(parsing text: [UInt8]) {
    mounts = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count > 5,
        let separator = fields[6...].firstIndex(where: { $0.elementsEqual([UInt8(ascii: "-")]) }),
        separator + 1 < fields.count
      else { return nil }
      return Mount(
        device: String(decoding: fields[2], as: UTF8.self), path: Self.unescaped(fields[4]),
        type: String(decoding: fields[separator + 1], as: UTF8.self), user: Self.user(fields.last))
    }
  }

  /// The mount that one sees at this very path: the last of those stacked there.
  func mount(at path: String) -> Mount? { mounts.last { $0.path == path } }

  /// Where the file system with this device number can be seen.
  func paths(ofDevice device: String) -> [String] {
    mounts.filter { $0.device == device && mount(at: $0.path) == $0 }.map(\.path)
  }

  /// Where file systems of a type can be seen that this user mounted: each place once, in the order of mounting.
  func paths(ofType type: String, user: UInt32) -> [String] {
    var paths: [String] = []
    for mount in mounts where mount.type == type && mount.user == user && self.mount(at: mount.path) == mount
    {
      if !paths.contains(mount.path) { paths.append(mount.path) }
    }
    return paths
  }

  /// The number in `…,user_id=1000,…`.
  private static func user(_ options: ArraySlice<UInt8>?) -> UInt32? {
    let name = Array("user_id=".utf8)
    let words = options?.split(separator: UInt8(ascii: ",")) ?? []
    return words.first { $0.starts(with: name) }.flatMap {
      UInt32(String(decoding: $0.dropFirst(name.count), as: UTF8.self))
    }
  }

  private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3).map { $0 &- UInt8(ascii: "0") }
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ $0 < 8 }), digits[0] < 4 {
        result.append(digits[0] << 6 | digits[1] << 3 | digits[2])
        rest.removeFirst(3)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// The bytes of a file whose size only reading tells, such as one of the kernel's: 4 MiB at most.
package func readSmallFile(_ path: String) throws(Failure) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .system("Reading \(path)", errno: errno) }
  defer { close(descriptor) }
  return readAll(descriptor, atMost: 4 << 20)
}
