/// Elements in the order of their arrival, any of which can leave at once.
///
/// A doubly linked list whose links are indices into one array; places are used again, so that the array grows to
/// the most elements that were ever in it together. Each operation takes constant time.
/// ```
/// slots   0: C ⇄ 2    1: free    2: A ⇄ 0      first = 2, last = 0: A then C
/// ```
struct ArrivalList<Element> {
  /// An element's place, until it is removed.
  struct Place: Equatable {
    fileprivate let index: Int
  }

  private struct Slot {
    var element: Element?
    var previous: Int?
    var next: Int?
  }

  private var slots: [Slot] = []
  private var free: [Int] = []
  private var firstIndex: Int?
  private var lastIndex: Int?

  var isEmpty: Bool { firstIndex == nil }

  /// The element that has been here for the longest time.
  var first: Element? { firstIndex.flatMap { slots[$0].element } }

  mutating func append(_ element: Element) -> Place {
    let slot = Slot(element: element, previous: lastIndex, next: nil)
    let index: Int
    if let reused = free.popLast() {
      index = reused
      slots[index] = slot
    } else {
      index = slots.count
      slots.append(slot)
    }
    if let lastIndex { slots[lastIndex].next = index } else { firstIndex = index }
    lastIndex = index
    return Place(index: index)
  }

  /// The element that was there, which leaves the list.
  @discardableResult
  mutating func remove(at place: Place) -> Element {
    let slot = slots[place.index]
    guard let element = slot.element else { preconditionFailure("this place is free") }
    if let previous = slot.previous { slots[previous].next = slot.next } else { firstIndex = slot.next }
    if let next = slot.next { slots[next].previous = slot.previous } else { lastIndex = slot.previous }
    slots[place.index] = Slot()
    free.append(place.index)
    return element
  }

  @discardableResult
  mutating func removeFirst() -> Element? {
    firstIndex.map { remove(at: Place(index: $0)) }
  }
}
