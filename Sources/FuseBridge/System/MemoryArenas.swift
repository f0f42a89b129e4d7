import CFuse

/// Lets all threads take memory from so few common places, so that what one gives back another uses.
///
/// The corresponding C function is `mallopt` with `M_ARENA_MAX`; by default there are eight for each processor.
package func limitMemoryArenas(to count: Int32) {
  _ = mallopt(M_ARENA_MAX, count)
}
