import Glibc
import Primitives
import Testing

struct FailureTests {
  private static let table: [(Failure.Code, Int32)] = [
    (.notFound, ENOENT), (.accessDenied, EACCES), (.timedOut, ETIMEDOUT), (.interrupted, EINTR),
    (.network, EIO), (.damaged, EIO), (.replaced, EIO), (.local, EIO), (.protocolViolation, EPROTO),
    (.offline, ENETUNREACH), (.unsupported, ENOTSUP), (.invalid, EINVAL), (.exhausted, ENOMEM),
    (.noSpace, ENOSPC),
    (.readOnly, EROFS), (.isDirectory, EISDIR), (.notDirectory, ENOTDIR), (.noAttribute, ENODATA),
  ]

  @Test func errnoOfEveryCode() {
    for code in Failure.Code.allCases {
      #expect(Self.table.first { $0.0 == code }?.1 == code.errno, "\(code)")
    }
  }

  @Test func causeAndCureAreOneText() {
    #expect(Failure(.network, "The cable is out.").description == "The cable is out.")
    let failure = Failure(.network, "The cable is out.", cure: "Put it in.")
    #expect(failure.description == "The cable is out. Put it in.")
  }

  @Test(arguments: [
    (ENOENT, Failure.Code.notFound), (EACCES, .accessDenied), (EPERM, .accessDenied),
    (ENOTDIR, .notDirectory), (EROFS, .readOnly), (ENOMEM, .exhausted), (EMFILE, .exhausted),
    (ENOSPC, .local), (EIO, .local),
  ])
  func systemErrors(number: Int32, code: Failure.Code) {
    let failure = Failure.system("open /x", errno: number)
    #expect(failure.code == code)
    #expect(failure.cause.hasPrefix("open /x: "))
    #expect(failure.cause.count > "open /x: .".count)
  }

  @Test func systemErrorInWords() {
    #expect(Failure.system("open /x", errno: ENOENT).cause == "open /x: No such file or directory.")
  }
}
