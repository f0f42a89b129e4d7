extension Verb {
  /// Some sentences for its page of help.
  var explanation: String {
    switch self {
    case .mount:
      """
      Mounts the file system on the directory MOUNTPOINT and returns when it is ready; a daemon serves it until \
      `fusfs unmount MOUNTPOINT`. The second form is that of mount(8) and of fstab, where SOURCE is any word. Under \
      -o each option below can be written as WORD=VALUE, beside the words that mount(8) and libfuse know, such as \
      allow_other, auto_unmount and fsname=NAME.
      """
    case .info:
      """
      Asks the server which releases it has for a model, such as SM-A207F, in a region given by its CSC, such as \
      SER, and prints the latest, its package's size and members, and the history. With --members it prints what lies \
      inside the package too, which may have to be downloaded for that; --depth 1 goes no further than the release's own files, 2 shows \
      what is in each tar, and 3 the partitions too.
      """
    case .fetch:
      """
      Fetches into the cache what is not there yet, so that it can be read later without the server. PATH is a file or \
      directory in a mount, and it is that mount which fetches it, after all that its readers want. Otherwise \
      MODEL/CSC names the latest release, MODEL/CSC/VERSION any other, and MODEL/CSC/VERSION/FILE a file or directory \
      of one, by the names that a mount shows: then this program fetches it itself. Of a file inside a tar as much of \
      the tar is fetched as it takes to read it. A terminal shows how far it is. Interrupted, it leaves what has come \
      in the cache, and the same command goes on from there. The exit status is 1 if something is missing at the end, \
      also because the cache is too small for it.
      """
    case .verify:
      """
      Reads the file PATH, or each file below the directory PATH, once and compares it with every checksum that there \
      is of it: in a mount the CRC-32 of the package (.zip.enc4) and of its members, and in a mount or a copy the \
      CRC-32 of what a .zip holds, the MD5 lines of a tar.md5 and the checksums in an LZ4 file. Files without a checksum of their own, such as what is \
      unpacked from others, are left out. A mount fetches what it does not have yet. The exit status is 1 if something \
      differs, cannot be read, or nothing could be checked.
      """
    case .cacheStatus:
      """
      Prints where the cache is, what it takes and may take, and of each package how much is cached and whether it is \
      pinned.
      """
    case .cachePin:
      """
      Keeps what is cached of a package, and all that will be, however full the cache is; nothing is fetched by it. \
      The package is named by a file or directory of a mount, whose cache it is then about, by model and region with \
      or without a version, or by its file's name on the server, as `fusfs cache status` prints it.
      """
    case .cacheUnpin:
      """
      Lets the blocks of a package be evicted again. It is named as for `fusfs cache pin`.
      """
    case .cacheTrim:
      """
      Evicts what was used longest ago until the cache takes at most SIZE, or --cache-size where no SIZE is given, \
      and gives the space back to the disk. What is pinned stays. Mounts that use the cache go on meanwhile.
      """
    case .cacheClear:
      """
      Evicts all packages but those that are pinned, and with --force those too, whose pins are then removed. \
      Indexes of what is inside packages are dropped likewise, and made anew when somebody looks. What the server said of its releases is kept, \
      some kilobytes of each. Mounts that use the cache go on, and fetch anew what they are asked for.
      """
    case .status:
      """
      Shows what each mount of this user is doing, or the one on MOUNTPOINT: its cache, its downloads, and the \
      releases that were looked at. On a terminal it is shown anew each second, until it is interrupted.
      """
    case .unmount:
      """
      Ends the mount on the directory MOUNTPOINT and waits until its daemon has written its cache and is gone; with --lazy \
      it waits for nothing.
      """
    }
  }
}
