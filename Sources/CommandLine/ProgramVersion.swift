/// The version of this program, as `--version` and the manual page print it.
let programVersion = "0.1.0"
