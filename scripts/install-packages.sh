#!/bin/sh
# install-packages.sh build|demo|bench|profile|test|reliability|peers|bridge: installs the Debian packages that are missing, and says which.
# Silent and quick where none is; says in one sentence what is missing where the system is not Debian's.
set -eu

# What is looked for (NAME.pc: a library by its pkg-config name; python:NAME: a module; else a command), and the package
# that brings it.
build="
pkg-config      pkg-config
fuse3.pc        libfuse3-dev
libcrypto.pc    libssl-dev
libcurl.pc      libcurl4-openssl-dev
libisal.pc      libisal-dev
liblz4.pc       liblz4-dev
libmicrohttpd.pc libmicrohttpd-dev
libxml-2.0.pc   libxml2-dev
libxxhash.pc    libxxhash-dev
sqlite3.pc      libsqlite3-dev"
# The emulator makes its ext4 and EROFS images with these file systems' own tools.
demo="$build
fusermount3     fuse3
debugfs         e2fsprogs
mkfs.erofs      erofs-utils
jq              jq
unzip           unzip"
# What the benchmark compares with, builds and reads by.
bench="$demo
curl            curl
fio             fio
gcc             gcc
httpdirfs       httpdirfs
igzip           isal
python3         python3
python:ensurepip python3-venv
rclone          rclone"
profile="$demo
fio             fio
perf            linux-perf
python3         python3"
# Tools that tests compare with, so that no format is checked by its own maker alone.
test="$demo
7z              p7zip-full
bsdtar          libarchive-tools
curl            curl
getfattr        attr
heimdall        heimdall-flash
lz4             lz4
openssl         openssl
python3         python3
shellcheck      shellcheck
simg2img        android-sdk-libsparse-utils
sqlite3         sqlite3
zip             zip"
reliability="$test
gcc             gcc"
peers="$demo
python:ensurepip python3-venv"
bridge="$build
fusermount3     fuse3
gcc             gcc
python3         python3
valgrind        valgrind"

case ${1-} in
  build) wanted=$build ;;
  demo) wanted=$demo ;;
  bench) wanted=$bench ;;
  profile) wanted=$profile ;;
  test) wanted=$test ;;
  reliability) wanted=$reliability ;;
  peers) wanted=$peers ;;
  bridge) wanted=$bridge ;;
  *)
    echo "usage: install-packages.sh build|demo|bench|profile|test|reliability|peers|bridge" >&2
    exit 2
    ;;
esac

PATH=$PATH:/usr/sbin:/sbin

is_there() {
  case $1 in
    *.pc) pkg-config --exists "${1%.pc}" 2>/dev/null ;;
    python:*) python3 -c "import ${1#python:}" 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# The packages whose probe finds nothing, on one line.
missing() {
  echo "$wanted" | while read -r probe package; do
    [ -z "$probe" ] || is_there "$probe" || printf ' %s' "$package"
  done
}

packages=$(missing)
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "Missing here, by their Debian names:$packages; install what your system calls them." >&2
  exit 1
fi

echo "Installing the missing packages:$packages"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "Installing packages needs root: run 'apt-get install$packages' as root." >&2
    exit 1
  }
  as_root=sudo
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086 # one word a package
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $packages >/dev/null

packages=$(missing)
[ -z "$packages" ] || {
  echo "Still missing after the installation:$packages" >&2
  exit 1
}
