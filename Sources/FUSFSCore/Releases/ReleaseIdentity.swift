package import FUSNet

/// Which firmware: a model, a region and a version.
package struct ReleaseIdentity: Hashable, Sendable, CustomStringConvertible {
  package let model: DeviceModel
  package let region: RegionCode
  package let version: FirmwareVersion

  package init(model: DeviceModel, region: RegionCode, version: FirmwareVersion) {
    self.model = model
    self.region = region
    self.version = version
  }

  package var description: String { "\(model)/\(region)/\(version.pda)" }
}

/// A model as it is sold in a region: what a history belongs to.
package struct Device: Hashable, Sendable, CustomStringConvertible {
  package let model: DeviceModel
  package let region: RegionCode

  package init(model: DeviceModel, region: RegionCode) {
    self.model = model
    self.region = region
  }

  package var description: String { "\(model)/\(region)" }
}
