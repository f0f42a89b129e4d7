/* A name server that can be taken away, for a program that this library is preloaded into.
 *
 * usage: LD_PRELOAD=set-names.so SET_NAMES_FILE=FILE PROGRAM
 *
 * A name that ends in .invalid, which no name server knows, is one of this machine for as long as there is FILE. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_known(const char *name) {
  static const char end[] = ".invalid";
  const char *path = getenv("SET_NAMES_FILE");
  size_t length = name == NULL ? 0 : strlen(name);
  if (path == NULL || length < sizeof end - 1 || strcmp(name + length - (sizeof end - 1), end) != 0) return 0;
  return access(path, F_OK) == 0;
}

int getaddrinfo(
    const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
    struct addrinfo **restrict found) {
  static __typeof__(getaddrinfo) *next;
  if (next == NULL) next = (__typeof__(next))dlsym(RTLD_NEXT, "getaddrinfo");
  return next(is_known(name) ? "127.0.0.1" : name, service, hints, found);
}
