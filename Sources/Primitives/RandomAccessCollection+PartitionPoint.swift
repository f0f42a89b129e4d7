extension RandomAccessCollection where Index == Int {
  /// The first index whose element does not fulfil the condition, which holds for a front part only; by bisection.
  package func partitionPoint(_ isBefore: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
