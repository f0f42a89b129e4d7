import Glibc
package import Primitives

/// Unmounts the FUSE file system at the path, also one whose program has ended.
///
/// The corresponding C function is `umount2` for root, the program `fusermount3 -u` for others.
///
/// - Parameters:
///   - lazy: also while it is in use: it disappears at once and ends with its last open file.
///   - limit: how long to wait until the process that serves it has ended, if it has a `MountpointHold`; nil for not
///     at all.
package func unmountFileSystem(
  at path: String, lazy: Bool, waitingForEnd limit: Duration? = nil
) throws(Failure) {
  let absolute = try absolutePath(ofMount: path)
  guard let mount = try MountTable.current().mount(at: absolute) else {
    throw Failure(.notFound, "Nothing is mounted at \(path).")
  }
  guard mount.isFuse else {
    throw Failure(.invalid, "What is mounted at \(path) is not a FUSE file system but \(mount.type).")
  }
  if geteuid() == 0 {
    try unmountAsRoot(absolute, lazy: lazy)
  } else {
    try unmountAsUser(absolute, lazy: lazy)
  }
  if let limit, try MountTable.current().mount(at: absolute)?.isFuse != true {
    try MountpointHold.waitForEnd(at: absolute, limit: limit)
  }
}

private func unmountAsRoot(_ path: String, lazy: Bool) throws(Failure) {
  let flags = Int32(UMOUNT_NOFOLLOW) | (lazy ? Int32(MNT_DETACH) : 0)
  guard umount2(path, flags) != 0 else { return }
  switch errno {
  case EBUSY: throw inUse(path)
  case EPERM: throw Failure(.accessDenied, "You may not unmount \(path).")
  default: throw .system("Unmounting \(path)", errno: errno)
  }
}

private func unmountAsUser(_ path: String, lazy: Bool) throws(Failure) {
  guard let program = findProgram("fusermount3") else {
    throw Failure(
      .unsupported, "The program fusermount3 is missing, without which only root can unmount.",
      cure: "Install the package fuse3.")
  }
  let (status, said) = try runProgram(program, ["-u"] + (lazy ? ["-z"] : []) + ["--", path])
  guard status != 0 else { return }
  if said.contains("busy") { throw inUse(path) }
  throw Failure(
    .accessDenied, "\(path) could not be unmounted.", cure: said.isEmpty ? nil : "fusermount3 says: \(said)")
}

private func inUse(_ path: String) -> Failure {
  Failure(
    .local, "\(path) is in use.",
    cure:
      "End the programs that use it (fuser -m \(path) lists them), unmount images that are mounted from it, or add --lazy."
  )
}

/// The path as the mount table has it. Only its directory is resolved: the mount itself may not answer.
func absolutePath(ofMount path: String) throws(Failure) -> String {
  let components = path.split(separator: "/")
  let directory = (path.hasPrefix("/") ? "/" : "./") + components.dropLast().joined(separator: "/")
  guard let name = components.last, name != ".", name != "..", let resolved = realpath(directory, nil) else {
    guard let resolved = realpath(path, nil) else { throw .system(path, errno: errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }
  defer { free(resolved) }
  let parent = String(cString: resolved)
  let absolute = parent == "/" ? "/\(name)" : "\(parent)/\(name)"
  guard try MountTable.current().mount(at: absolute) == nil, let target = realpath(absolute, nil) else {
    return absolute
  }
  // Not a mount itself: perhaps a symbolic link to one.
  defer { free(target) }
  return String(cString: target)
}
