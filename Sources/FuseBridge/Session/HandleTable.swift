/// What is open, by the number that the kernel has for it. Numbers are not used twice.
struct HandleTable<Value> {
  private var values: [UInt64: Value] = [:]
  private var next: UInt64 = 1

  var count: Int { values.count }

  subscript(_ handle: UInt64) -> Value? { values[handle] }

  mutating func add(_ value: Value) -> UInt64 {
    defer { next += 1 }
    values[next] = value
    return next
  }

  @discardableResult
  mutating func remove(_ handle: UInt64) -> Value? { values.removeValue(forKey: handle) }

  /// Everything that was open.
  mutating func removeAll() -> [Value] {
    defer { values = [:] }
    return Array(values.values)
  }
}
