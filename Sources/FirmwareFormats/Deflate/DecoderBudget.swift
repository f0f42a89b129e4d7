import Primitives

/// A limit of the memory that the decoders of many members take together.
///
/// When it is passed, the members that were begun longest ago give up the decoders that no read is using; a reader that
/// comes back begins at a checkpoint.
package final class DecoderBudget: Sendable {
  private struct Holder {
    weak var member: DeflatedMember?
    var bytes: Int
    var lastUse: UInt64
  }

  private struct State {
    var holders: [ObjectIdentifier: Holder] = [:]
    var uses: UInt64 = 0

    var total: Int { holders.values.reduce(0) { $0 + $1.bytes } }
  }

  private let limit: Int
  private let state = Locked(State())

  /// - Parameter limit: in bytes. What reads are using at the moment may be more.
  package init(limit: Int) {
    self.limit = limit
  }

  /// Bytes that decoders take now, at most.
  package var bytes: Int { state.withLock { $0.total } }

  /// The member has begun to decode somewhere else.
  func began(_ member: DeflatedMember) {
    let asked = state.withLock { state -> [DeflatedMember] in
      state.uses += 1
      state.holders = state.holders.filter { $0.value.member != nil }
      state.holders[ObjectIdentifier(member)] = Holder(
        member: member, bytes: member.decoderMemory, lastUse: state.uses)
      var excess = state.total - limit
      var asked: [DeflatedMember] = []
      for (key, holder) in state.holders.sorted(by: { $0.value.lastUse < $1.value.lastUse }) where excess > 0
      {
        guard key != ObjectIdentifier(member), holder.bytes > 0, let other = holder.member else { continue }
        asked.append(other)
        excess -= holder.bytes
      }
      return asked
    }
    for other in asked {
      other.releaseMemory()
      state.withLock { $0.holders[ObjectIdentifier(other)]?.bytes = other.decoderMemory }
    }
  }
}
