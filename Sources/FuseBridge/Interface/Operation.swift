/// What the kernel asks for, named like the libfuse operation.
package enum Operation: String, Sendable, CaseIterable {
  case lookup, getattr, access, readlink, open, read, opendir, readdir, readdirplus, getxattr, listxattr,
    ioctl
}
