// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target that is written in safe Swift.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// Settings of the glue around a C interface made of raw pointers, where marking each one says nothing.
let glue: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "fusfs",
  products: [
    .executable(name: "fusfs", targets: ["fusfs"]),
    .executable(name: "fus-emulator", targets: ["fus-emulator"]),
  ],
  targets: [
    // One system library each.
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CFuse", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(
      name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),

    // The client, each importing only what stands above it.
    .target(name: "Primitives", dependencies: ["CLinux"], swiftSettings: strict),
    .target(
      name: "FUSNet", dependencies: ["Primitives", "CCurl", "CCrypto", "CXML"], swiftSettings: strict),
    .target(
      name: "FirmwareFormats", dependencies: ["Primitives", "CCrypto", "CISAL", "CLZ4", "CXXHash"],
      swiftSettings: strict),
    .target(
      name: "FUSFSCore",
      dependencies: [
        "Primitives", "FUSNet", "FirmwareFormats", "CSQLite", "CCrypto", "CLinux",
      ],
      swiftSettings: strict),
    .target(name: "FuseBridge", dependencies: ["Primitives", "CFuse"], swiftSettings: glue),
    .target(
      name: "CommandLine",
      dependencies: ["Primitives", "FUSNet", "FirmwareFormats", "FUSFSCore", "FuseBridge", "CLinux"],
      swiftSettings: strict),
    .executableTarget(name: "fusfs", dependencies: ["CommandLine"], swiftSettings: strict),

    // The server side, which shares no code with the client.
    .target(
      name: "FUSEmulator", dependencies: ["CMicroHTTPD", "CCrypto", "CXML", "CISAL", "CLZ4"],
      swiftSettings: strict),
    .executableTarget(name: "fus-emulator", dependencies: ["FUSEmulator"], swiftSettings: strict),

    // What tests begin with: temporary directories, child processes, files, seeded numbers. It knows no other target.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),

    // A file system that answers from memory, behind the bridge: what the bridge itself costs.
    .executableTarget(
      name: "bridge-null", dependencies: ["FuseBridge", "Primitives", "TestSupport"],
      path: "Tests/BridgeNull", swiftSettings: strict),

    .testTarget(
      name: "PrimitivesTests", dependencies: ["Primitives", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "FUSNetTests", dependencies: ["FUSNet", "Primitives", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "FirmwareFormatsTests", dependencies: ["FirmwareFormats", "Primitives", "TestSupport", "CLZ4"],
      swiftSettings: strict),
    .testTarget(
      name: "FUSFSCoreTests",
      dependencies: ["FUSFSCore", "FUSNet", "FirmwareFormats", "Primitives", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FuseBridgeTests", dependencies: ["FuseBridge", "Primitives", "TestSupport"],
      swiftSettings: glue),
    .testTarget(
      name: "FUSEmulatorTests", dependencies: ["FUSEmulator", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests", dependencies: ["CommandLine", "FUSNet", "Primitives", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "MountTests", dependencies: ["TestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// The fuzzer of the parsers, where it is asked for: all that it covers is built with libFuzzer's instrumentation, which
// nothing else should be. `scripts/fuzz.sh` names the library that is linked.
if Context.environment["FUSFS_FUZZ"] != nil {
  let instrumented: SwiftSetting = .unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])
  let parsers = ["FirmwareFormats", "FUSNet", "FUSFSCore", "CommandLine"]
  for target in package.targets where parsers.contains(target.name) {
    target.swiftSettings = strict + [instrumented]
  }
  package.targets += [
    .systemLibrary(name: "CFuzzer", path: "Fuzz/CFuzzer"),
    .executableTarget(
      name: "fusfs-fuzz",
      dependencies: [
        "FirmwareFormats", "FUSNet", "FUSFSCore", "CommandLine", "Primitives", "TestSupport", "CFuzzer",
      ],
      path: "Fuzz", exclude: ["CFuzzer", "Corpus"], swiftSettings: strict),
  ]
}
