/* A file system that does nothing: one file of a given size, answered from memory, and a folder of empty ones.
 *
 * usage: null-file-system MOUNTPOINT BYTES [SETTING...]
 *
 * It is what the kernel and libfuse alone allow, so that a file system that does work can be compared with it. It is
 * mounted as fusfs is: low-level interface, eight threads, read-only, pages kept between opens, up to 1 MiB a request,
 * no splice; but it lets the kernel send 512 requests at once on its own, where fusfs, whose reads may wait, lets it 4096. It stays in the foreground and ends when it is unmounted or gets SIGTERM.
 *
 * Settings leave the mount as it is but for one thing:
 *   threads=N  background=N       so many threads, and requests that the kernel sends at once on its own
 *   max-read=BYTES                requests no larger than that
 *   drop-pages  forget            pages are dropped with each open; attributes and names are not remembered
 *   sync-read  serial-folders     no two reads, no two lookups of a directory at a time
 *   no-readdirplus  readdirplus-auto  names without attributes; with them where the kernel thinks it wants them
 *   cache-folders                 the kernel keeps listings
 *   no-open  no-opendir           the kernel opens by itself
 *   splice                        bytes go through pipes */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
  FILE_INODE = 2,
  FOLDER_INODE = 3,
  /* The first of the folder's files; each is named by six digits. */
  FIRST_INODE = 1000,
  FILES = 5000,
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
static const char FOLDER[] = "folder";

static double validity = 86400.0 * 365;
static unsigned threads = THREADS, background = MAXIMUM_BACKGROUND;
static unsigned long max_read;
static int drop_pages, sync_read, serial_folders, no_readdirplus, readdirplus_auto, cache_folders, no_open, no_opendir;
static int splice;

static size_t size;
static char *content;

static void describe(fuse_ino_t inode, struct stat *attributes) {
  memset(attributes, 0, sizeof *attributes);
  attributes->st_ino = inode;
  if (inode == FUSE_ROOT_ID || inode == FOLDER_INODE) {
    attributes->st_mode = S_IFDIR | 0555;
    attributes->st_nlink = 2;
  } else {
    attributes->st_mode = S_IFREG | 0444;
    attributes->st_nlink = 1;
    attributes->st_size = inode == FILE_INODE ? (off_t)size : 0;
  }
}

static void null_init(void *data, struct fuse_conn_info *connection) {
  (void)data;
  unsigned off = FUSE_CAP_READDIRPLUS_AUTO, on = FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS;
  *(splice ? &on : &off) |= FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE;
  if (sync_read) off |= FUSE_CAP_ASYNC_READ;
  if (serial_folders) off |= FUSE_CAP_PARALLEL_DIROPS;
  if (no_readdirplus) off |= FUSE_CAP_READDIRPLUS;
  if (readdirplus_auto) on |= FUSE_CAP_READDIRPLUS_AUTO, off &= ~(unsigned)FUSE_CAP_READDIRPLUS_AUTO;
  connection->want = (connection->want | (on & connection->capable)) & ~off;
  connection->max_readahead = READ_AHEAD;
  connection->max_background = background;
  connection->congestion_threshold = background / 4 * 3;
  if (max_read != 0) connection->max_read = (unsigned)max_read;
}

static void null_lookup(fuse_req_t request, fuse_ino_t parent, const char *name) {
  struct fuse_entry_param entry = {.attr_timeout = validity, .entry_timeout = validity};
  if (parent == FUSE_ROOT_ID && strcmp(name, NAME) == 0) entry.ino = FILE_INODE;
  if (parent == FUSE_ROOT_ID && strcmp(name, FOLDER) == 0) entry.ino = FOLDER_INODE;
  if (parent == FOLDER_INODE) {
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    if (end == name + 6 && *end == '\0' && number < FILES) entry.ino = FIRST_INODE + number;
  }
  if (entry.ino == 0) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  describe(entry.ino, &entry.attr);
  fuse_reply_entry(request, &entry);
}

static void null_getattr(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  struct stat attributes;
  (void)file;
  describe(inode, &attributes);
  fuse_reply_attr(request, &attributes, validity);
}

static void null_open(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  if (inode != FILE_INODE) {
    fuse_reply_err(request, EISDIR);
    return;
  }
  if (no_open) {
    fuse_reply_err(request, ENOSYS);
    return;
  }
  file->keep_cache = !drop_pages;
  fuse_reply_open(request, file);
}

static void null_opendir(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *file) {
  (void)inode;
  if (no_opendir) {
    fuse_reply_err(request, ENOSYS);
    return;
  }
  file->cache_readdir = file->keep_cache = (unsigned)cache_folders;
  fuse_reply_open(request, file);
}

/* The folder alone has entries; position N is that of the file N. */
static void list(fuse_req_t request, fuse_ino_t inode, size_t count, off_t position, int plus) {
  char *block = malloc(count);
  size_t used = 0;
  if (block == NULL) {
    fuse_reply_err(request, ENOMEM);
    return;
  }
  for (; inode == FOLDER_INODE && position < FILES; position++) {
    char name[32];
    struct fuse_entry_param entry = {
        .ino = FIRST_INODE + (fuse_ino_t)position, .attr_timeout = validity, .entry_timeout = validity};
    snprintf(name, sizeof name, "%06ld", (long)position);
    describe(entry.ino, &entry.attr);
    size_t length =
        plus ? fuse_add_direntry_plus(request, block + used, count - used, name, &entry, position + 1)
             : fuse_add_direntry(request, block + used, count - used, name, &entry.attr, position + 1);
    if (length > count - used) break;
    used += length;
  }
  fuse_reply_buf(request, block, used);
  free(block);
}

static void null_readdir(
    fuse_req_t request, fuse_ino_t inode, size_t count, off_t position, struct fuse_file_info *file) {
  (void)file;
  list(request, inode, count, position, 0);
}

static void null_readdirplus(
    fuse_req_t request, fuse_ino_t inode, size_t count, off_t position, struct fuse_file_info *file) {
  (void)file;
  list(request, inode, count, position, 1);
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
    .opendir = null_opendir,
    .readdir = null_readdir,
    .readdirplus = null_readdirplus,
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
    fuse_loop_cfg_set_max_threads(configuration, threads);
    result = fuse_session_loop_mt(session, configuration);
    fuse_loop_cfg_destroy(configuration);
  }
  return result;
}

/* Whether there is such a setting. */
static int set(const char *word) {
  static const struct {
    const char *name;
    int *flag;
  } flags[] = {
      {"drop-pages", &drop_pages},         {"sync-read", &sync_read},
      {"serial-folders", &serial_folders}, {"no-readdirplus", &no_readdirplus},
      {"readdirplus-auto", &readdirplus_auto}, {"cache-folders", &cache_folders},
      {"no-open", &no_open},               {"no-opendir", &no_opendir},
      {"splice", &splice},
  };
  char rest;
  for (size_t index = 0; index < sizeof flags / sizeof *flags; index++)
    if (strcmp(word, flags[index].name) == 0) return *flags[index].flag = 1;
  if (strcmp(word, "forget") == 0) {
    validity = 0;
    return 1;
  }
  return sscanf(word, "threads=%u%c", &threads, &rest) == 1 || sscanf(word, "background=%u%c", &background, &rest) == 1
      || sscanf(word, "max-read=%lu%c", &max_read, &rest) == 1;
}

int main(int count, char **arguments) {
  char *end = NULL;
  int is_right = count >= 3;
  if (is_right) size = strtoull(arguments[2], &end, 10);
  for (int index = 3; index < count; index++) is_right = is_right && set(arguments[index]);
  if (!is_right || size == 0 || *end != '\0') {
    fprintf(stderr, "usage: null-file-system MOUNTPOINT BYTES [SETTING...]\n");
    return 2;
  }
  if (!make_content()) {
    fprintf(stderr, "null-file-system: there is not enough memory\n");
    return 1;
  }
  char words[128] = "ro,noatime,default_permissions,fsname=null,subtype=null";
  if (max_read != 0) snprintf(words + strlen(words), 32, ",max_read=%lu", max_read);
  char *options[] = {arguments[0], "-o", words};
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
