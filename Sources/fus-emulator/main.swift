import FUSEmulator
import Glibc

var arguments = CommandLine.arguments.dropFirst()
switch arguments.popFirst() {
case "serve": exit(ServeCommand.run(arguments: Array(arguments)))
case "make-release": exit(ReleaseMaker.run(arguments: Array(arguments)))
case "--help", "-h":
  print(Usage.text, terminator: "")
case "--version":
  print(Usage.version)
default:
  print(Usage.text, terminator: "")
  exit(2)
}
