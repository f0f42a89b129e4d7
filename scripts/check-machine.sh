#!/bin/sh
# check-machine.sh build|demo|test: says in one sentence what this machine lacks that no Debian package brings.
set -eu

missing() {
  echo "$1" >&2
  exit 1
}

purpose=${1:?build, demo or test}

[ "$(uname -s)" = Linux ] || missing "fusfs is a Linux file system, and this is $(uname -s)."

version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p') || version=
[ -n "$version" ] ||
  missing "Swift is missing: install 6.2 or newer from https://www.swift.org/install/linux and put it on the PATH."
major=${version% *} minor=${version#* }
[ "$major" -gt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -ge 2 ]; } ||
  missing "Swift $major.$minor is too old: install 6.2 or newer from https://www.swift.org/install/linux."

[ "$purpose" = build ] || [ -c /dev/fuse ] ||
  missing "/dev/fuse is missing: run 'modprobe fuse' as root; a container needs --device /dev/fuse --cap-add SYS_ADMIN."
