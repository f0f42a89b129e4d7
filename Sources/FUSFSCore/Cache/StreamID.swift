/// A packed stream inside a binary, such as `AP_x.tar.md5` or `AP_x.tar.md5/boot.img.lz4`.
///
/// The number under which the cache files its checkpoints is derived from the binary and the name. Should two streams
/// ever have the same number, the checksums of their rows tell them apart.
struct StreamID: Sendable, Hashable {
  let binary: BinaryID
  let name: String
  /// 0 ..< 2^63.
  let number: Int64

  init(binary: BinaryID, name: String) {
    self.binary = binary
    self.name = name
    var hash = KeyHash()
    hash.add(UInt64(bitPattern: binary.number))
    hash.add(name)
    number = Int64(hash.value >> 1)
  }

  static func == (left: StreamID, right: StreamID) -> Bool {
    left.number == right.number && left.binary == right.binary && left.name == right.name
  }

  func hash(into hasher: inout Hasher) { hasher.combine(number) }
}
