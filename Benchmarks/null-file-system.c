/* A file system that does nothing: one file of a given size, answered from memory.
 *
 * usage: null-file-system MOUNTPOINT BYTES
 *
 * It is what the kernel and libfuse alone allow, so that a file system that does work can be compared with it. It is
 * mounted as fusfs is: low-level interface, eight threads, read-only, pages kept between opens, up to 1 MiB a request,
 * no splice. It stays in the foreground and ends when it is unmounted or gets SIGTERM. */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
  FILE_INODE = 2,
  THREADS = 8,
  MAXIMUM_BACKGROUND = 512,
  CONGESTION_THRESHOLD = 384,
  READ_AHEAD = 1 << 20,
  /* More than a processor's caches hold, so that what is answered comes from memory. */
  CONTENT = 64 << 20,
  /* The longest request that there can be; so much of the content lies behind its end once more. */
  LONGEST = 16 << 20,
};

static const char NAME[] = "file";
static const double FOREVER = 86400.0 * 365;

static size_t size;
static char *content;

static void describe(fuse_ino_t inode, struct stat *attributes) {
  memset(attributes, 0, sizeof *attributes);
  attributes->st_ino = inode;
  if (inode == FUSE_ROOT_ID) {
    attributes->st_mode = S_IFDIR | 0555;
    attributes->st_nlink = 2;
  } else {
    attributes->st_mode = S_IFREG | 0444;
    attributes->st_nlink = 1;
    attributes->st_size = (off_t)size;
  }
}

static void null_init(void *data, struct fuse_conn_info *connection) {
  (void)data;
  connection->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
  connection->want |= connection->capable & FUSE_CAP_ASYNC_READ;
  connection->max_readahead = READ_AHEAD;
  connection->max_background = MAXIMUM_BACKGROUND;
  connection->congestion_threshold = CONGESTION_THRESHOLD;
}

static void null_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
  struct fuse_entry_param entry = {.ino = FILE_INODE, .attr_timeout = FOREVER, .entry_timeout = FOREVER};
  if (parent != FUSE_ROOT_ID || strcmp(name, NAME) != 0) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  describe(FILE_INODE, &entry.attr);
  fuse_reply_entry(request, &entry);
}

static void null_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  struct stat attributes;
  (void)file;
  describe(inode, &attributes);
  fuse_reply_attr(request, &attributes, FOREVER);
}

static void null_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  if (inode != FILE_INODE) {
    fuse_reply_err(request, EISDIR);
    return;
  }
  file->keep_cache = 1;
  fuse_reply_open(request, file);
}

static void null_read(
    fuse_req_t request, fuse_ino_t inode, size_t count, off_t offset, struct fuse_file_info *file) {
  (void)inode;
  (void)file;
  if (offset < 0 || (size_t)offset >= size) {
    fuse_reply_buf(request, NULL, 0);
    return;
  }
  size_t rest = size - (size_t)offset;
  if (count > rest) count = rest;
  if (count > LONGEST) count = LONGEST;
  fuse_reply_buf(request, content + (size_t)offset % CONTENT, count);
}

static const struct fuse_lowlevel_ops operations = {
    .init = null_init,
    .lookup = null_lookup,
    .getattr = null_getattr,
    .open = null_open,
    .read = null_read,
};

/* Bytes of no pattern, the same every time (xorshift64). */
static int make_content(void) {
  unsigned long long state = 88172645463325252ULL;
  content = malloc((size_t)CONTENT + LONGEST);
  if (content == NULL) return 0;
  for (size_t place = 0; place < CONTENT; place += sizeof state) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    memcpy(content + place, &state, sizeof state);
  }
  memcpy(content + CONTENT, content, LONGEST);
  return 1;
}

static int serve(struct fuse_session *session) {
  struct fuse_loop_config *configuration = fuse_loop_cfg_create();
  int result = -ENOMEM;
  if (configuration != NULL) {
    fuse_loop_cfg_set_max_threads(configuration, THREADS);
    result = fuse_session_loop_mt(session, configuration);
    fuse_loop_cfg_destroy(configuration);
  }
  return result;
}

int main(int count, char **arguments) {
  char *end = NULL;
  if (count == 3) size = strtoull(arguments[2], &end, 10);
  if (count != 3 || size == 0 || *end != '\0') {
    fprintf(stderr, "usage: null-file-system MOUNTPOINT BYTES\n");
    return 2;
  }
  if (!make_content()) {
    fprintf(stderr, "null-file-system: there is not enough memory\n");
    return 1;
  }
  char *options[] = {arguments[0], "-o", "ro,noatime,default_permissions,fsname=null,subtype=null"};
  struct fuse_args list = FUSE_ARGS_INIT(3, options);
  struct fuse_session *session = fuse_session_new(&list, &operations, sizeof operations, NULL);
  if (session == NULL) return 1;
  int result = 1;
  if (fuse_set_signal_handlers(session) == 0) {
    if (fuse_session_mount(session, arguments[1]) == 0) {
      result = serve(session) < 0;
      fuse_session_unmount(session);
    }
    fuse_remove_signal_handlers(session);
  }
  fuse_session_destroy(session);
  fuse_opt_free_args(&list);
  free(content);
  return result;
}
