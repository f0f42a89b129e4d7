// System calls that Swift's Glibc module leaves out, as it is built without _GNU_SOURCE.
#pragma once
#include <linux/falloc.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Gives these bytes of the file back to the file system, after which they are zeros. The file stays as long as it is.
static inline int fusfs_punch_hole(int descriptor, int64_t offset, int64_t length) {
  return (int)syscall(SYS_fallocate, descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

// The process leaves no core, and nobody but root looks into its memory.
static inline int fusfs_forbid_core_dumps(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }

// The corresponding C function is pthread_setname_np for the calling thread; the kernel keeps 15 bytes.
static inline void fusfs_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0L, 0L, 0L); }

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *deadline);

// Waits until the clock that nobody sets shows so much.
static inline int fusfs_semaphore_wait(sem_t *semaphore, const struct timespec *deadline) {
  return sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline);
}
