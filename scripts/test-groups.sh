# shellcheck shell=bash
# How the tests are run; sourced by the scripts that do so.
#
# Those of the formats compute for long and those of the core wait for the disk, which others with limits of time must not
# wait for. The whole-program tests have the machine to themselves, as a user has.
# shellcheck disable=SC2034 # for who sources this
test_groups=(
  "--skip MountTests\. --skip FirmwareFormatsTests\. --skip FUSFSCoreTests\."
  "--filter FUSFSCoreTests\."
  "--filter FirmwareFormatsTests\."
  "--filter MountTests\."
)

# On a terminal the tests stay in its foreground, so that Ctrl-C reaches them.
foreground=()
[ ! -t 0 ] || foreground=(--foreground)

said=$(mktemp)
trap 'rm -f "$said"' EXIT

# run_tests SECONDS ARGUMENT...: `swift test` of what is built, with these arguments; it must end within the time.
run_tests() {
  local limit=$1 status=0 output tee
  shift
  exec {output}> >(tee -a "$said")
  tee=$!
  timeout "${foreground[@]}" --kill-after=10 "$limit" swift test --skip-build "$@" >&"$output" 2>&1 || status=$?
  exec {output}>&-
  # What a test leaves running may hold the pipe open: its end is not waited for as long as it takes.
  timeout 5 tail --pid="$tee" -f /dev/null || true
  case $status in 124 | 137) echo "The tests did not end within $limit seconds." | tee -a "$said" >&2 ;; esac
  return "$status"
}

# Says again which tests failed: much is printed after them.
tell_failed_tests() {
  grep -aE '^✘|^The tests did not end|error: Exited' "$said" >&2 || true
}
