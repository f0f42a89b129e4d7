import Primitives

/// A limit of the memory that the decoders of many members take together.
///
/// When it is passed, the members that were begun longest ago give up the decoders that no read is using; a reader that
/// comes back begins at a checkpoint.
package final class DecoderBudget: Sendable {
  private struct Holder {
    weak var member: DeflatedMember?
    var lastUse: UInt64
  }

  private struct State {
    var holders: [ObjectIdentifier: Holder] = [:]
    var uses: UInt64 = 0
  }

  private let limit: Int
  let executor: (any TaskExecutor)?
  private let state = Locked(State())

  /// - Parameters:
  ///   - limit: in bytes. What reads are using at the moment may be more.
  ///   - executor: on which members are decoded ahead of their readers; none is if nil.
  package init(limit: Int, executor: (any TaskExecutor)? = nil) {
    self.limit = limit
    self.executor = executor
  }

  /// The member has begun to decode somewhere else.
  func began(_ member: DeflatedMember) {
    let asked = state.withLock { state -> [DeflatedMember] in
      state.uses += 1
      state.holders = state.holders.filter { $0.value.member != nil }
      state.holders[ObjectIdentifier(member)] = Holder(member: member, lastUse: state.uses)
      let members = state.holders.values.sorted { $0.lastUse < $1.lastUse }.compactMap(\.member)
      var excess = members.reduce(-limit) { $0 + $1.decoderMemory }
      return members.dropLast().filter { other in
        guard excess > 0 else { return false }
        excess -= other.decoderMemory
        return true
      }
    }
    for other in asked { other.releaseMemory() }
  }
}
