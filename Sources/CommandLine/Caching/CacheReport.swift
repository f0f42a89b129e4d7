import FUSFSCore
import Primitives

/// What `fusfs cache status` tells. Its JSON form is this type's.
struct CacheReport: Sendable, Equatable, Encodable {
  var directory: String
  var limitBytes: UInt64
  /// On the disk.
  var fileBytes: UInt64 = 0
  var blockBytes: UInt64 = 0
  /// Of the blocks, those that are pinned.
  var pinnedBytes: UInt64 = 0
  var indexBytes: UInt64 = 0
  /// Packages that are cached in part or pinned.
  var packages: [Package] = []

  struct Package: Sendable, Equatable, Encodable {
    /// The file's name on the server.
    let name: String
    let size: UInt64
    let cachedBytes: UInt64
    let pinned: Bool
  }
}

extension CacheReport {
  /// What is in the cache now; nothing where there is none yet.
  init(_ options: ClientOptions, directory: String? = nil, log: Log) throws(Failure) {
    self.init(directory: directory ?? options.cacheDirectory.text, limitBytes: options.cacheSize.bytes)
    let cache: BlockCache
    do throws(Failure) {
      cache = try BlockCache.open(
        directory: self.directory, limit: limitBytes, access: .readOnly, log: log)
    } catch {
      guard error.code == .notFound else { throw error }
      return
    }
    defer { cache.close() }
    let usage = cache.usage
    (fileBytes, blockBytes, pinnedBytes, indexBytes) = (usage.file, usage.blocks, usage.pinned, usage.indexes)
    packages = cache.contents.map {
      Package(
        name: $0.binary.name, size: $0.binary.size, cachedBytes: $0.cachedBytes, pinned: $0.isPinned)
    }
  }

  /// For a person: a block of names and values, then the packages in columns.
  ///
  /// ```
  ///   Directory  /home/me/.cache/fusfs
  ///   Limit      10.0 GiB
  ///   On disk    212.4 MiB
  ///   Packages   198.8 MiB, 0 B of it pinned
  ///   Indexes    1.2 MiB
  ///
  ///   CACHED     OF           %          NAME
  ///   198.8 MiB  198.8 MiB  100  pinned  SM-A207F_2_…_fac.zip.enc4
  /// ```
  var words: String {
    let facts = [
      ["Directory", directory], ["Limit", ByteSize(bytes: limitBytes).words],
      ["On disk", ByteSize(bytes: fileBytes).words],
      [
        "Packages",
        "\(ByteSize(bytes: blockBytes).words), \(ByteSize(bytes: pinnedBytes).words) of it pinned",
      ],
      ["Indexes", ByteSize(bytes: indexBytes).words],
    ]
    let block = TextTable(rows: facts).text
    guard !packages.isEmpty else { return block }
    let rows = packages.map { package in
      [
        ByteSize(bytes: package.cachedBytes).words, ByteSize(bytes: package.size).words,
        "\(percent(package.cachedBytes, of: package.size))", package.pinned ? "pinned" : "", package.name,
      ]
    }
    return block + "\n" + TextTable(rows: [["CACHED", "OF", "%", "", "NAME"]] + rows).text
  }
}

/// How many hundredths of the whole the part is, rounded down: 100 is all of it.
func percent(_ part: UInt64, of whole: UInt64) -> Int {
  whole == 0 || part >= whole ? 100 : Int(Double(part) / Double(whole) * 100)
}
