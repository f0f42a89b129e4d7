/// What the kernel asks for, named like the libfuse operation.
package enum Operation: String, Sendable, CaseIterable {
  case lookup, getattr, access, readlink, statfs, open, read, release, opendir, readdir, readdirplus,
    releasedir, getxattr, listxattr, ioctl
}
