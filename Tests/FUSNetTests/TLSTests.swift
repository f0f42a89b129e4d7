import Primitives
import TestSupport
import Testing

@testable import FUSNet

/// Servers of OpenSSL's own, each with a certificate that it has signed itself.
@Suite(.timeLimit(.minutes(10)))
struct TLSTests {
  /// What is asked with TLS.
  enum Peer: CaseIterable { case server, proxy }

  /// Why a request to such a server failed; nil if it did not.
  ///
  /// - Parameters:
  ///   - options: the server's.
  ///   - peer: the server is what is asked, or the proxy for what is asked.
  ///   - name: what the certificate is for.
  ///   - isTrusted: whether the certificate is among those of the authorities.
  private func fault(
    _ options: String = "", of peer: Peer = .server, name: String = "IP:127.0.0.1", isTrusted: Bool = false
  ) async throws -> Failure? {
    let folder = TemporaryDirectory()
    defer { withExtendedLifetime(folder) {} }
    try folder.shell(
      """
      openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 1 -subj /CN=loopback \
        -addext subjectAltName=\(name) 2> log
      """)
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
        proxy: peer == .proxy ? url : "", authorities: isTrusted ? "\(folder.path)/certificate" : nil,
        connectTimeout: 10, stallTimeout: 10, replyTimeout: 30, maxConnections: 1))
    defer { loop.close() }
    let request = HTTPRequest(
      method: .get, url: peer == .proxy ? "http://firmware.invalid/" : url, host: "loopback",
      fields: [HTTPField("Authorization", "secret")], lane: .control)
    do throws(TransferFault) {
      _ = try await loop.perform(request, to: BodyCollector(limit: 1 << 20))
      return nil
    } catch {
      switch error {
      case .transient(let failure), .permanent(let failure): return failure
      case .stopped, .cancelled: throw TestFailure(description: "\(error)")
      }
    }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func aCertificateThatNobodyHasSignedIsRefused(options: String) async throws {
    #expect(try await fault(options)?.cause.contains("is not trusted") == true)
  }

  @Test(arguments: Peer.allCases)
  func aTrustedCertificateForAnotherNameIsRefused(peer: Peer) async throws {
    let failure = try await fault(of: peer, name: "DNS:firmware.example", isTrusted: true)
    #expect(failure?.cause.contains("is not trusted") == true, "\(failure?.cause ?? "not refused")")
    // The name is all that is wrong.
    let none = try await fault(of: peer, isTrusted: true)
    #expect(none == nil, "\(none?.cause ?? "")")
  }

  @Test(arguments: ["-tls1", "-tls1_1"])
  func earlierVersionsAreRefused(options: String) async throws {
    // The server would speak it: its own limits are taken away.
    let failure = try await fault("\(options) -cipher ALL:@SECLEVEL=0")
    #expect(failure?.cause.contains("SSL connect error") == true, "\(failure?.cause ?? "not refused")")
  }
}
