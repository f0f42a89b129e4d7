// libfuse 3's low-level interface, and what cannot be written in Swift: versioned macros, fork, and the functions
// that read requests and write answers, in which libfuse cancels its threads.
#pragma once
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fuse_lowlevel.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/// `fuse_session_loop_mt`, which is a macro in builds of libfuse without versioned symbols.
static inline int fusfs_session_loop(struct fuse_session *session, unsigned threads) {
  struct fuse_loop_config *config = fuse_loop_cfg_create();
  if (config == NULL) return -ENOMEM;
  fuse_loop_cfg_set_max_threads(config, threads);
  int result = fuse_session_loop_mt(session, config);
  fuse_loop_cfg_destroy(config);
  return result;
}

/// What libfuse carries for the callbacks, and for the two functions below.
struct fusfs_connection {
  /// The callbacks' own.
  void *handler;
  /// Whether the next answer is that of INIT and is to allow parallel directory operations.
  int allows_parallel_directories;
};

/// One request. Each way in which the other side can be gone reads as ENODEV, the kernel's usual word for an unmount:
/// of a request that was just being taken when the connection ended it says ECONNABORTED. A closed socket reads as
/// nothing, or as ECONNRESET if answers were left in it.
static inline ssize_t fusfs_read(int descriptor, void *buffer, size_t size, void *connection) {
  (void)connection;
  ssize_t count = read(descriptor, buffer, size);
  if (count > 0) return count;
  if (count == 0 || errno == ECONNABORTED || errno == ECONNRESET) errno = ENODEV;
  return -1;
}

/// One answer. libfuse before 3.16.2 leaves FUSE_PARALLEL_DIROPS out of INIT's, whatever was wanted, and then one
/// lookup that waits holds up all others in its directory.
///
///     parts[0]  length 4 | error 4 | unique 8
///     parts[1]  major 4 | minor 4 | read-ahead 4 | flags 4 | …
static inline ssize_t fusfs_writev(int descriptor, struct iovec *parts, int count, void *userdata) {
  struct fusfs_connection *connection = (struct fusfs_connection *)userdata;
  if (__atomic_load_n(&connection->allows_parallel_directories, __ATOMIC_RELAXED) && count == 2) {
    __atomic_store_n(&connection->allows_parallel_directories, 0, __ATOMIC_RELAXED);
    const uint32_t parallel_directories = 1u << 18;
    uint32_t answer[64];
    if (parts[1].iov_len >= 4 * sizeof(uint32_t) && parts[1].iov_len <= sizeof(answer)) {
      memcpy(answer, parts[1].iov_base, parts[1].iov_len);
      answer[3] |= parallel_directories;
      struct iovec changed[2] = {parts[0], {.iov_base = answer, .iov_len = parts[1].iov_len}};
      return writev(descriptor, changed, 2);
    }
  }
  return writev(descriptor, parts, count);
}

/// Has the session, whose userdata is a `fusfs_connection`, use the two functions with this descriptor: the one it
/// has by its mount, or a SOCK_SEQPACKET socket. The session closes it.
static inline int fusfs_session_use(struct fuse_session *session, int descriptor) {
  struct fuse_custom_io io = {.writev = fusfs_writev, .read = fusfs_read};
  return fuse_session_custom_io(session, &io, descriptor);
}

/// `fork`, which Swift marks as unavailable. Only to be called while the process has one thread.
static inline pid_t fusfs_fork(void) { return fork(); }

/// Closes all but the standard streams and this descriptor. Linux before 5.9 cannot, and leaves them open.
static inline void fusfs_close_others(int kept) {
#ifdef SYS_close_range
  if (kept > 3) syscall(SYS_close_range, 3u, (unsigned)kept - 1, 0u);
  syscall(SYS_close_range, kept < 3 ? 3u : (unsigned)kept + 1, ~0u, 0u);
#endif
}
