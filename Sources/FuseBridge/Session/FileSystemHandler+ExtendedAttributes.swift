import CFuse
import Glibc
import Primitives

extension FileSystemHandler {
  /// Capabilities, access lists and labels are probed for with every `ls -l`; there are none here.
  private static var nameSpace: String { "user." }
  /// XATTR_SIZE_MAX, which is XATTR_LIST_MAX too.
  private static var largestValue: Int { 64 << 10 }

  func extendedAttribute(
    _ name: String, of inode: UInt64, room: Int, _ reply: consuming Reply<ExtendedAttributeAnswer>
  ) {
    guard name.hasPrefix(Self.nameSpace) else {
      reply.fail(ENODATA)
      return
    }
    serve(reply) { [self] node, request throws(Failure) in
      let value = try await fileSystem.extendedAttribute(name, of: node)
      answer(request, value, room: room)
    }
  }

  func extendedAttributeNames(
    of inode: UInt64, room: Int, _ reply: consuming Reply<ExtendedAttributeAnswer>
  ) {
    serve(reply) { [self] node, request throws(Failure) in
      let names = try await fileSystem.extendedAttributeNames(of: node)
      // Each name ends with a zero byte.
      answer(request, names.flatMap { Array($0.utf8) + [0] }, room: room)
    }
  }

  private func answer(_ request: TypedRequest<ExtendedAttributeAnswer>, _ value: [UInt8], room: Int) {
    request.answer { reply in
      if value.count > Self.largestValue {
        reply.fail(E2BIG)
      } else {
        reply.send(ExtendedAttributeAnswer(value: value, room: room))
      }
    }
  }
}
