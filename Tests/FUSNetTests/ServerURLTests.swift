import Testing

@testable import FUSNet

struct ServerURLTests {
  @Test(arguments: [
    ("http://localhost", "http://localhost/"),
    ("HTTPS://Neo.Example:8443/a/B", "https://neo.example:8443/a/B/"),
    ("http://127.0.0.1:1/", "http://127.0.0.1:1/"),
    ("http://[::1]:80///", "http://[::1]:80/"),
    ("https://a.example/x%20y//", "https://a.example/x%20y/"),
  ])
  func hasOneForm(text: String, form: String) {
    #expect(ServerURL(text)?.description == form)
    #expect(ServerURL(form)?.description == form)
  }

  @Test func hostAndPortAreNamed() {
    #expect(ServerURL("https://a.example/x/")?.host == "a.example")
    #expect(ServerURL("http://127.0.0.1:8080")?.host == "127.0.0.1:8080")
  }

  @Test func schemesAreThoseAskedFor() {
    #expect(ServerURL("socks5h://a:1", schemes: ["socks5h"])?.description == "socks5h://a:1/")
    #expect(ServerURL("http://a", schemes: ["socks5h"]) == nil)
  }

  @Test(arguments: [
    "", "localhost", "ftp://host", "file:///etc/passwd", "http:/host", "http://", "http:///path",
    "http://:80", "http://host:", "http://host:0", "http://host:65536", "http://host:+80",
    "http://host:80:80", "http://user@host", "http://user:password@host", "http://ho st", "http://host/a b",
    "http://host/?q", "http://host/#f", "http://host\r\nX: y", "http://hóst", "http://[::1",
    "http://[localhost]", "http://[::1]x", "http://[]", "http://host\\evil", "http://host/\"",
  ])
  func refuses(text: String) {
    #expect(ServerURL(text) == nil)
  }
}
