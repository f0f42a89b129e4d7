import Testing

@testable import CommandLine

struct MemoryPlanTests {
  @Test(arguments: [64, 100, 256, 4096, 1 << 20]) func thePartsAreNoMoreThanTheWhole(mebibytes: UInt64) {
    let budget = ByteSize(bytes: mebibytes << 20)
    let plan = MemoryPlan(budget: budget)
    let parts = [
      plan.blocks, plan.decoders, plan.unpackedBlocks, plan.backlog, plan.idleBuffers, plan.places,
    ]
    #expect(parts.allSatisfy { $0 >= 4 << 20 })
    #expect(parts.reduce(0, +) <= Int(budget.bytes))
  }
}
