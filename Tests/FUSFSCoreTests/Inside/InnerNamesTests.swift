import FirmwareFormats
import Testing

@testable import FUSFSCore

struct InnerNamesTests {
  @Test(arguments: [
    ("AP_A207FXXU2CUI2_meta_OS11.tar.md5", "AP"), ("BL_A207F.tar", "BL"),
    ("HOME_CSC_OXM.tar.md5", "HOME_CSC"),
    ("CSC_OMC.tar.md5", "CSC"), ("CP_x.tar.md5", "CP"), ("USERDATA_x.tar.md5", "USERDATA"),
    ("APPS_x.tar.md5", "APPS_x"), ("AP.tar", "AP"), ("extra.zip", nil), (".tar.md5", nil),
    ("AP_x.tar.md5.part", nil), ("..tar", nil), ("...tar.md5", nil),
  ])
  func aTarHasADirectory(member: String, folder: String?) {
    #expect(InnerNames.folder(ofMember: member) == folder)
  }

  @Test func ofTwoTarsForOneDirectoryTheFirstHasIt() {
    let folders = InnerNames.folders(of: ["AP_1.tar.md5", "AP_2.tar.md5", "CP", "CP_1.tar.md5"])
    #expect(folders.map(\.folder) == ["AP"])
    #expect(folders.map(\.member) == ["AP_1.tar.md5"])
  }

  @Test(arguments: [
    ("super.img.lz4", "super", "super.raw.img"), ("super.img", "super", "super.raw.img"),
    ("system.img.ext4.lz4", "system", "system.raw.img"), ("cache.ext4", "cache", "cache.raw.img"),
    ("sboot.bin.lz4", nil, nil), (".img", nil, nil), ("super.raw.img", nil, nil),
    ("..img", nil, nil), ("...img.lz4", nil, nil), ("..lz4", nil, nil),
  ])
  func imagesAreToldByTheirNames(name: String, stem: String?, expanded: String?) {
    #expect(InnerNames.imageStem(name) == stem)
    #expect(InnerNames.expanded(name) == expanded)
  }

  @Test(arguments: [
    "boot.img.lz4", "boot.img", "super.img", "super.img.ext4.lz4", "system.ext4", "sboot.bin.lz4",
    "a.lz4.lz4",
  ])
  func whatIsShownOfAnEntryIsFoundUnderItsName(entry: String) {
    func shown(_ view: EntryView, under name: String?) -> Bool {
      guard let name else { return true }
      return InnerNames.sources(of: name).contains { $0.entry == entry && $0.view == view }
    }
    #expect(shown(.asIs, under: entry))
    #expect(shown(.unpacked, under: InnerNames.unpacked(entry)))
    #expect(shown(.expanded, under: InnerNames.expanded(entry)))
    #expect(shown(.partitions, under: InnerNames.imageStem(entry)))
  }

  @Test(arguments: ["boot.img", "boot.img.lz4", "A207F.pit", "meta-data", "super", "NON-HLOS.bin", "x.RAW"])
  func namesOfFirmwareAreWorthALook(name: String) { #expect(InnerNames.isPlausible(name, atDepth: 0)) }

  @Test func directoriesInATarHaveNamesOfAnyKind() {
    #expect(InnerNames.isPlausible("apex", atDepth: 1))
    #expect(!InnerNames.isPlausible("HEAD", atDepth: 1))
    #expect(!InnerNames.isPlausible(".git", atDepth: 1))
  }

  @Test(arguments: [
    ".git", ".hidden.img", "HEAD", "objects", "desktop.ini", "Thumbs.db", "autorun.inf", "lost+found", "a.",
    "",
  ])
  func namesThatProgramsProbeForAreNot(name: String) { #expect(!InnerNames.isPlausible(name, atDepth: 0)) }
}
