import Glibc
import TestSupport
import Testing

extension MountTests {
  /// A terminal that is stopped, or a pager that nobody pages on, holds up no reader.
  @Suite struct BlockedLogTests {
    @Test func aLogThatTakesNothingHoldsUpNobody() throws {
      let releases = try MadeRelease.two.get()
      let server = try EmulatedServer(releases)
      let folder = TemporaryDirectory()
      let path = "\(folder.path)/mount"
      defer { Mount.end(path) }
      // Standard error is a pipe that is full before the program's first line.
      let mount = try ChildProcess([
        "bash", "-c",
        """
        cd '\(folder.path)' && mkdir mount && mkfifo log && exec 3<> log || exit
        dd if=/dev/zero of=log bs=4096 oflag=nonblock 2> /dev/null
        exec '\(Binaries.fusfs)' -f "$PWD/mount" --server-url '\(server.url)' --cdn-url '\(server.url)' \
          --fota-url '\(server.url)' --cache-dir "$PWD/cache" --read-timeout 2 2>&3
        """,
      ])
      #expect(try eventuallyBlocking { try shell("mountpoint -q '\(path)'").status == 0 })
      let release = "\(path)/\(MadeRelease.model)/\(MadeRelease.region)/latest"
      #expect(try shell("ls -l '\(release)'").status == 0)
      try server.set("fault=stall:0@data")
      for number in 0..<3 {
        let read = try shell(
          "dd if='\(release)/\(releases[0].encrypted.path)' bs=4K count=1 skip=\(number * 256) iflag=direct | wc -c"
        )
        #expect(read.errors.contains("timed out"), "\(read.errors)")
      }
      // A program has its answer before the log has the reason.
      #expect(
        try eventuallyBlocking {
          try shell("grep -q 'There was no answer within' '\(path)/.fusfs/log'").status == 0
        })
      mount.signal(SIGTERM)
      #expect(eventuallyBlocking { mount.exitStatus != nil })
      #expect(mount.exitStatus == 0)
    }
  }
}
