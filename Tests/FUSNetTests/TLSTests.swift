import Primitives
import TestSupport
import Testing

@testable import FUSNet

/// Servers of OpenSSL's own, with a certificate that nobody has signed.
@Suite(.timeLimit(.minutes(10)))
struct TLSTests {
  /// Why a request to such a server failed.
  private func fault(_ options: String) async throws -> Failure {
    let folder = TemporaryDirectory()
    defer { withExtendedLifetime(folder) {} }
    try folder.shell(
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 1 -subj /CN=127.0.0.1 2> log"
    )
    let server = try ChildProcess([
      "bash", "-c",
      "exec openssl s_server -accept 127.0.0.1:0 -cert '\(folder.path)/certificate' -key '\(folder.path)/key' -www \(options)",
    ])
    defer { server.end() }
    var address = ""
    // `ACCEPT 127.0.0.1:43211`, after other lines.
    while !address.hasPrefix("ACCEPT ") { address = try server.firstLine(within: .seconds(20)) }
    let url = "https://\(address.dropFirst("ACCEPT ".count))/"
    let loop = try TransferLoop(
      TransferLoop.Configuration(
        proxy: "", connectTimeout: 10, stallTimeout: 10, replyTimeout: 30, maxConnections: 1))
    defer { loop.close() }
    let request = HTTPRequest(
      method: .get, url: url, host: "loopback", fields: [HTTPField("Authorization", "secret")], lane: .control
    )
    var fault: TransferFault?
    do throws(TransferFault) {
      _ = try await loop.perform(request, to: BodyCollector(limit: 1 << 20))
    } catch {
      fault = error
    }
    switch fault {
    case .transient(let failure), .permanent(let failure): return failure
    case nil, .stopped, .cancelled: throw TestFailure(description: "not refused")
    }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func aCertificateThatNobodyHasSignedIsRefused(options: String) async throws {
    #expect(try await fault(options).cause.contains("is not trusted"))
  }

  @Test(arguments: ["-tls1", "-tls1_1"])
  func earlierVersionsAreRefused(options: String) async throws {
    // The server would speak it: its own limits are taken away.
    let failure = try await fault("\(options) -cipher ALL:@SECLEVEL=0")
    #expect(failure.cause.contains("SSL connect error"), "\(failure.cause)")
  }
}
