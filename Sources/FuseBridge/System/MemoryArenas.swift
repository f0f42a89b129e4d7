import CFuse

/// Lets all threads take memory from so few common places, so that what one gives back another uses.
///
/// Each keeps `keptBytes` of what was given back, so that a steady load gets no new pages from the kernel. What is larger
/// than 1 MiB is mapped by itself.
///
/// The corresponding C function is `mallopt` with `M_ARENA_MAX`, of which there are eight for each processor by default,
/// `M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD`.
package func limitMemoryArenas(to count: Int32, keptBytes: Int) {
  _ = mallopt(M_ARENA_MAX, count)
  _ = mallopt(M_TRIM_THRESHOLD, Int32(clamping: keptBytes))
  _ = mallopt(M_MMAP_THRESHOLD, 1 << 20)
}
