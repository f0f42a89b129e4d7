import FirmwareFormats

/// A ZIP file of stored members, written out plainly.
func storedZIP(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
  func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var file: [UInt8] = []
  var directory: [UInt8] = []
  for (name, bytes) in members {
    let sums = number(Int(bytes.crc32), 4) + number(bytes.count, 4) + number(bytes.count, 4)
    let common = number(20, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0x5347, 2) + sums
    directory += number(0x0201_4B50, 4) + number(20, 2) + common + number(name.utf8.count, 2)
    directory += number(0, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4)
    directory += number(file.count, 4) + Array(name.utf8)
    file += number(0x0403_4B50, 4) + common + number(name.utf8.count, 2) + number(0, 2)
    file += Array(name.utf8) + bytes
  }
  let start = file.count
  let counts = number(members.count, 2) + number(members.count, 2)
  let end = number(0x0605_4B50, 4) + number(0, 2) + number(0, 2) + counts
  return file + directory + end + number(directory.count, 4) + number(start, 4) + number(0, 2)
}
