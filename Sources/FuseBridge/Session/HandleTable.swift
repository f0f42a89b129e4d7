/// What is open, by the number that the kernel has for it. Numbers are not used twice.
///
/// A number says where its value is, so that finding it takes no search:
/// ```
/// handle  | how many were there before it 32 | index of the slot 32 |
/// ```
struct HandleTable<Value> {
  private struct Slot {
    var value: Value?
    var handle: UInt64
  }

  private static var indexBits: UInt64 { 32 }

  private var slots: [Slot] = []
  private var free: [Int] = []

  var count: Int { slots.count - free.count }

  subscript(_ handle: UInt64) -> Value? { index(of: handle).flatMap { slots[$0].value } }

  mutating func add(_ value: Value) -> UInt64 {
    guard let index = free.popLast() else {
      slots.append(Slot(value: value, handle: UInt64(slots.count)))
      return slots[slots.count - 1].handle
    }
    slots[index].value = value
    return slots[index].handle
  }

  @discardableResult
  mutating func remove(_ handle: UInt64) -> Value? {
    guard let index = index(of: handle), let value = slots[index].value.take() else { return nil }
    slots[index].handle &+= 1 << Self.indexBits
    free.append(index)
    return value
  }

  /// Everything that was open.
  mutating func removeAll() -> [Value] {
    defer { (slots, free) = ([], []) }
    return slots.compactMap(\.value)
  }

  /// The slot that the number was given for, unless that was left since.
  private func index(of handle: UInt64) -> Int? {
    let index = Int(handle & (1 << Self.indexBits - 1))
    return index < slots.count && slots[index].handle == handle ? index : nil
  }
}
