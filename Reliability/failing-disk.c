/* A disk that fails on order, for a program that this library is preloaded into.
 *
 * usage: LD_PRELOAD=failing-disk.so FAILING_DISK_FOLDER=FOLDER FAILING_DISK_ORDERS=FILE PROGRAM
 *
 * What the program does with files below FOLDER goes on as ever until there is a FILE. That holds one order:
 *   EIO           a disk that answers nothing: neither reads nor writes, nor changes of names and sizes
 *   ENOSPC        a full disk, EDQUOT a quota that is used up: nothing can be written or made
 *   EROFS         a file system that the kernel has made read-only
 *   delay MS      each write takes so many milliseconds longer, or until the order is withdrawn
 *
 * Each call looks into FILE, so that an order holds from the next call on, and no longer than FILE is there. Pages that
 * are mapped are not touched: the kernel keeps those of a file that is in use. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What is asked of the disk. */
enum { READ = 1, WRITE = 2, SYNC = 4, MAKE = 8, CHANGE = 16, OPEN_TO_WRITE = 32 };

enum { PAUSE = 20 /* ms between two looks whether a delay is over */, LONGEST_ORDER = 32 };

/* The function that this one stands before. */
#define NEXT(name) \
  static __typeof__(name) *next; \
  if (next == NULL) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static ssize_t true_read(int descriptor, void *bytes, size_t count) {
  NEXT(read);
  return next(descriptor, bytes, count);
}

static int true_open(const char *path, int flags) {
  NEXT(open);
  return next(path, flags);
}

/* The order that holds now: 0 if there is none. */
static int look(char order[LONGEST_ORDER]) {
  const char *path = getenv("FAILING_DISK_ORDERS");
  int before = errno;
  ssize_t count = -1;
  int descriptor = path == NULL ? -1 : true_open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) {
    count = true_read(descriptor, order, LONGEST_ORDER - 1);
    close(descriptor);
  }
  errno = before;
  order[count > 0 ? count : 0] = '\0';
  return count > 0;
}

/* The error number with which the order meets the request; 0 if it does not. */
static int error_of(const char *order, int request) {
  static const struct {
    const char *name;
    int number;
    int requests;
  } errors[] = {
      {"EIO", EIO, READ | WRITE | SYNC | MAKE | CHANGE},
      {"ENOSPC", ENOSPC, WRITE | MAKE},
      {"EDQUOT", EDQUOT, WRITE | MAKE},
      {"EROFS", EROFS, WRITE | MAKE | CHANGE | OPEN_TO_WRITE},
  };
  for (size_t index = 0; index < sizeof errors / sizeof *errors; index++)
    if (strcmp(order, errors[index].name) == 0) return errors[index].requests & request ? errors[index].number : 0;
  return 0;
}

static void delay(const char *order) {
  struct timespec pause = {.tv_nsec = PAUSE * 1000000L};
  char current[LONGEST_ORDER];
  long milliseconds;
  if (sscanf(order, "delay %ld", &milliseconds) != 1) return;
  for (long waited = 0; waited < milliseconds; waited += PAUSE) {
    nanosleep(&pause, NULL);
    if (!look(current) || strcmp(current, order) != 0) return;
  }
}

static int is_on_disk(const char *path) {
  const char *folder = getenv("FAILING_DISK_FOLDER");
  size_t length = folder == NULL ? 0 : strlen(folder);
  return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Whether the request fails, errno then being set; one that is only delayed does not. */
static int fails(const char *path, int request) {
  char order[LONGEST_ORDER];
  if (!look(order) || !is_on_disk(path)) return 0;
  int number = error_of(order, request);
  if (number != 0) {
    errno = number;
    return 1;
  }
  if (request == WRITE) delay(order);
  return 0;
}

/* The same of an open file, also one whose name is gone. */
static int file_fails(int descriptor, int request) {
  char order[LONGEST_ORDER], link[48], path[PATH_MAX];
  if (!look(order)) return 0;
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t count = readlink(link, path, sizeof path - 1);
  errno = before;
  if (count <= 0) return 0;
  path[count] = '\0';
  return fails(path, request);
}

static int exists(const char *path) {
  struct stat status;
  int before = errno;
  int is_there = lstat(path, &status) == 0;
  errno = before;
  return is_there;
}

static int opening_fails(const char *path, int flags) {
  if ((flags & O_CREAT) != 0 && !exists(path) && fails(path, MAKE)) return 1;
  return (flags & O_ACCMODE) != O_RDONLY && fails(path, OPEN_TO_WRITE);
}

#define MODE_OF(flags, mode) \
  mode_t mode = 0; \
  if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) { \
    va_list arguments; \
    va_start(arguments, flags); \
    mode = va_arg(arguments, mode_t); \
    va_end(arguments); \
  }

int open(const char *path, int flags, ...) {
  NEXT(open);
  MODE_OF(flags, mode)
  return opening_fails(path, flags) ? -1 : next(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  NEXT(open64);
  MODE_OF(flags, mode)
  return opening_fails(path, flags) ? -1 : next(path, flags, mode);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  return file_fails(descriptor, READ) ? -1 : true_read(descriptor, bytes, count);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
  NEXT(pread);
  return file_fails(descriptor, READ) ? -1 : next(descriptor, bytes, count, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) {
  NEXT(pread64);
  return file_fails(descriptor, READ) ? -1 : next(descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  NEXT(write);
  return file_fails(descriptor, WRITE) ? -1 : next(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  NEXT(pwrite);
  return file_fails(descriptor, WRITE) ? -1 : next(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  NEXT(pwrite64);
  return file_fails(descriptor, WRITE) ? -1 : next(descriptor, bytes, count, offset);
}

int fsync(int descriptor) {
  NEXT(fsync);
  return file_fails(descriptor, SYNC) ? -1 : next(descriptor);
}

int fdatasync(int descriptor) {
  NEXT(fdatasync);
  return file_fails(descriptor, SYNC) ? -1 : next(descriptor);
}

int ftruncate(int descriptor, off_t size) {
  NEXT(ftruncate);
  return file_fails(descriptor, CHANGE) ? -1 : next(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) {
  NEXT(ftruncate64);
  return file_fails(descriptor, CHANGE) ? -1 : next(descriptor, size);
}

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  return !exists(path) && fails(path, MAKE) ? -1 : next(path, mode);
}

int unlink(const char *path) {
  NEXT(unlink);
  return exists(path) && fails(path, CHANGE) ? -1 : next(path);
}

int access(const char *path, int mode) {
  NEXT(access);
  return (mode & W_OK) != 0 && exists(path) && fails(path, OPEN_TO_WRITE) ? -1 : next(path, mode);
}

/* fusfs gives space back by this one. */
long syscall(long number, ...) {
  NEXT(syscall);
  long words[6];
  va_list arguments;
  va_start(arguments, number);
  for (int index = 0; index < 6; index++) words[index] = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_fallocate && file_fails((int)words[0], CHANGE)) return -1;
  return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
