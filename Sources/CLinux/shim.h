// System calls that Swift's Glibc module leaves out, as it is built without _GNU_SOURCE.
#pragma once
#include <linux/falloc.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// Gives these bytes of the file back to the file system, after which they are zeros. The file stays as long as it is.
static inline int fusfs_punch_hole(int descriptor, int64_t offset, int64_t length) {
  return (int)syscall(SYS_fallocate, descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}
