import FUSFSCore
import FUSNet

/// `MODEL/CSC[/VERSION[/FILE]]`: a place in the tree that every mount shows, without a mount.
struct ReleasePath: Sendable, Equatable {
  let device: Device
  /// From the region on; `latest` where no version is given.
  let names: [String]

  /// Nil for what is not of that form.
  init?(_ text: String) {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 2, parts.last == "" { parts.removeLast() }
    guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }), let model = DeviceModel(parts[0]),
      let region = RegionCode(parts[1])
    else { return nil }
    device = Device(model: model, region: region)
    names = parts.count == 2 ? [ReleaseNames.latest] : Array(parts[2...])
  }

  /// From the root on.
  var path: [String] { ["\(device.model)", "\(device.region)"] + names }
}
