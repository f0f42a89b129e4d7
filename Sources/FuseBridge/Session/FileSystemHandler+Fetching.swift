import CFuse
import Primitives

extension FileSystemHandler {
  func control(_ control: FetchControl, of inode: UInt64, _ reply: consuming Reply<FetchAnswer>) {
    serve(reply) { [self] node, request throws(Failure) in
      if control == .fetch { try await fileSystem.fetch(node) }
      request.answer(FetchAnswer(state: try await fileSystem.fetchState(of: node)))
    }
  }
}
