import CommandLine
import Glibc

signal(SIGPIPE, SIG_IGN)
exit(runProgram(Swift.CommandLine.arguments))
