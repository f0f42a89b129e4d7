/// What the program is asked to do. A row here, options that name it, and a case of `Invocation` make a new one.
enum Verb: String, Sendable, CaseIterable {
  /// The one without a word of its own.
  case mount
  case info
  case verify
  case unmount

  /// The word on the command line; nil for mounting.
  var word: String? { self == .mount ? nil : rawValue }

  /// Other words that people know it by.
  var aliases: [String] { self == .unmount ? ["umount"] : [] }

  /// The verb that a word on the command line stands for.
  static func named(_ word: String) -> Verb? {
    allCases.first { $0.word == word || $0.aliases.contains(word) }
  }

  /// Its forms, without options that all verbs have.
  var synopses: [String] {
    switch self {
    case .mount: ["fusfs MOUNTPOINT [options]", "fusfs SOURCE MOUNTPOINT -o WORD[=VALUE],…"]
    case .info: ["fusfs info MODEL CSC [options]"]
    case .verify: ["fusfs verify PATH [options]"]
    case .unmount: ["fusfs unmount MOUNTPOINT [options]"]
    }
  }

  /// One line, without a full stop.
  var summary: String {
    switch self {
    case .mount: "show firmware as files under a directory"
    case .info: "print the releases of a model in a region"
    case .verify: "check a file, or all in a directory, with their checksums"
    case .unmount: "end a mount"
    }
  }

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
    case .verify:
      """
      Reads the file PATH, or each file below the directory PATH, once and compares it with every checksum that there \
      is of it: in a mount the CRC-32 of the package (.zip.enc4) and of its members, and in a mount or a copy the \
      CRC-32 of what a .zip holds, the MD5 lines of a tar.md5 and the checksums in an LZ4 file. Files without a checksum of their own, such as what is \
      unpacked from others, are left out. A mount fetches what it does not have yet. The exit status is 1 if something \
      differs, cannot be read, or nothing could be checked.
      """
    case .unmount:
      """
      Ends the mount on the directory MOUNTPOINT and waits until its daemon has written its cache and is gone; with --lazy \
      it waits for nothing.
      """
    }
  }

  /// Whether options from the configuration file mean anything to it.
  var readsConfiguration: Bool {
    switch self {
    case .mount, .info: true
    case .verify, .unmount: false
    }
  }

  /// What its operands are, for messages.
  var operands: [String] {
    switch self {
    case .mount, .unmount: ["MOUNTPOINT"]
    case .info: ["MODEL", "CSC"]
    case .verify: ["PATH"]
    }
  }
}
