#!/usr/bin/env bash
# Measures copies through a mount against curl downloading the same bytes from the same emulator: SIZE MiB (1024),
# medians of ROUNDS (3) interleaved rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
export TMPDIR=${TMPDIR:-/var/tmp}
. scripts/loopback.sh

size=${SIZE:-1024}
rounds=${ROUNDS:-3}
connections=8
model=SM-A207F
region=SER
mountpoint=$folder/fus
latest=$mountpoint/$model/$region/latest
smart_key=422e73733617ae2b198940fd4e32b0a5

free=$(($(df --output=avail -B 1048576 "$folder" | tail -n 1)))
[ "$free" -gt $((5 * size)) ] || die "$folder has $free MiB free, and 5 times $size are needed; set TMPDIR or SIZE."

"$binaries/fus-emulator" make-release "$folder/release" \
  --model "$model" --region "$region" --version A207FXXU2CUI2 --size "$size" >"$folder/make.log"
start_emulator "$folder/release"
served=("$folder"/release/*.enc4)

# --- fusfs -------------------------------------------------------------------------------------------------------

# Mounts with the cache $1; the daemon is the process that has the mountpoint among its arguments.
mount_with_cache() {
  mount_emulator "$mountpoint" "$1" 2>"$folder/fusfs.log" || die "no mount: $(tail -n 3 "$folder/fusfs.log")"
  daemon=$(pgrep -f -x -- ".*/fusfs $mountpoint .*") || die "fusfs is not running"
}

peak_memory=0 # KiB
note_memory() {
  local peak
  peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/$daemon/status")
  [ "$peak" -le "$peak_memory" ] || peak_memory=$peak
}

end_mount() {
  note_memory
  unmount "$mountpoint"
  timeout 30 tail --pid="$daemon" -s 0.05 -f /dev/null || die "fusfs did not end after the unmount"
}

# --- curl, speaking the smart profile ----------------------------------------------------------------------------

field() { sed -n "s:.*<$1><Data>\([^<]*\)</Data></$1>.*:\1:p" "$folder/inform.xml" | head -n 1; }

# lower-case hex(AES-128-ECB(key, nonce)); the nonce is one block long.
signature() { printf %s "$1" | openssl enc -aes-128-ecb -nopad -K "$smart_key" | od -An -v -tx1 | tr -d ' \n'; }

# For each character c of the nonce $2, the character c & 15 of $1.
logic_check() {
  local index code
  for ((index = 0; index < ${#2}; index++)); do
    printf -v code %d "'${2:index:1}"
    printf %s "${1:code&15:1}"
  done
}

authorization() { printf 'FUS nonce="%s", signature="%s", nc="", type="", realm=""' "$1" "$2"; }

# post ENDPOINT NONCE SIGNATURE BODY; keeps cookies, and the newest nonce in $nonce.
post() {
  curl --silent --show-error --fail --max-time 30 -b "$folder/cookies" -c "$folder/cookies" -D "$folder/headers" \
    -A 'SMART 2.0' -H "Authorization: $(authorization "$2" "$3")" -H 'Cache-Control: no-cache' \
    -H 'Content-Type: text/xml' --data-binary "$4" -o "$folder/reply.xml" "$url$1"
  local newest
  newest=$(tr -d '\r' <"$folder/headers" | sed -n 's/^[Nn][Oo][Nn][Cc][Ee]: *//p' | tail -n 1)
  nonce=${newest:-$nonce}
}

# GenerateNonce and Init: from here on $nonce opens the file for GETs.
authorise() {
  local name version stem header put
  name=$(field BINARY_NAME)
  version=$(field BINARY_SW_VERSION)
  nonce=
  post NF_SmartDownloadGenerateNonce.do "" "" ""
  stem=${name%%.*}
  put="<CmdID>1</CmdID><BINARY_NAME><Data>$name</Data></BINARY_NAME>"
  put+="<BINARY_SW_VERSION><Data>$version</Data></BINARY_SW_VERSION>"
  put+="<DEVICE_LOCAL_CODE><Data>$region</Data></DEVICE_LOCAL_CODE>"
  put+="<DEVICE_MODEL_TYPE><Data>$(field DEVICE_MODEL_TYPE)</Data></DEVICE_MODEL_TYPE>"
  put+="<LOGIC_CHECK><Data>$(logic_check "${stem: -16}" "$nonce")</Data></LOGIC_CHECK>"
  header='<FUSHdr><ProtoVer>1</ProtoVer><SessionID>0</SessionID><MsgID>1</MsgID></FUSHdr>'
  post NF_SmartDownloadBinaryInitForMass.do "$nonce" "$(signature "$nonce")" \
    "<FUSMsg>$header<FUSBody><Put>$put</Put></FUSBody></FUSMsg>"
  grep -qE '<Status>(200|S00)</Status>' "$folder/reply.xml" || die "Init was refused: $(cat "$folder/reply.xml")"
}

# download FILE [CURL-OPTION...]
download() {
  local file=$1
  shift
  curl --silent --show-error --fail -A 'SMART 2.0' -o "$file" "$@" \
    -H "Authorization: $(authorization "$nonce" "$(signature "$nonce")")" \
    "${url}NF_SmartDownloadBinaryForMass.do?file=$(field MODEL_PATH)$(field BINARY_NAME)"
}

# As many requests at once as fusfs makes, each a part of the file.
download_in_parts() {
  local bytes part index first last downloads=()
  bytes=$(stat -c %s "${served[0]}")
  part=$(((bytes + connections - 1) / connections))
  for ((index = 0; index < connections; index++)); do
    first=$((index * part)) last=$(((index + 1) * part - 1))
    download "$folder/part-$index" -r "$first-$((last < bytes ? last : bytes - 1))" &
    downloads+=($!)
  done
  for index in "${downloads[@]}"; do wait "$index"; done
}

# --- Rounds ------------------------------------------------------------------------------------------------------

declare -A rates
order=()

# measure NAME BYTES COMMAND...: adds a rate in MB/s to the row of that name.
measure() {
  local name=$1 bytes=$2 start=$EPOCHREALTIME
  shift 2
  "$@"
  [ -n "${rates[$name]-}" ] || order+=("$name")
  rates[$name]+=" $(awk -v b="$bytes" -v s="$start" -v e="$EPOCHREALTIME" 'BEGIN { printf "%.0f", b / (e - s) / 1e6 }')"
}

median() { tr ' ' '\n' | grep . | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# Empties the kernel's cache of file contents (root only).
drop_caches() {
  sync
  [ ! -w /proc/sys/vm/drop_caches ] || echo 1 >/proc/sys/vm/drop_caches
}

# What every download starts from: nothing in memory but the file that the emulator serves.
before_download() {
  rm -f "$folder"/part-* "$folder/copy"
  drop_caches
  cat "${served[0]}" >/dev/null
}

[ -w /proc/sys/vm/drop_caches ] || say "Not root: the kernel's cache is not dropped before warm reads."
mount_with_cache "$folder/cache"
cp "$latest/inform.xml" "$folder/inform.xml"
packages=("$latest"/*_fac.zip)
package=${packages[0]}
members=("$latest"/*.tar.md5)
member=$(stat -c '%s %n' "${members[@]}" | sort -rn | sed -n '1s/^[0-9]* //p')
kind=${member##*/} kind=${kind%%_*}
package_size=$(stat -c %s "$package")
member_size=$(stat -c %s "$member")
end_mount

for ((round = 1; round <= rounds; round++)); do
  say "round $round of $rounds" >&2
  before_download
  authorise
  measure "curl to /dev/null" "$package_size" download /dev/null
  before_download
  authorise
  measure "curl to disk" "$package_size" download "$folder/copy"
  before_download
  authorise
  measure "curl to disk, $connections requests" "$package_size" download_in_parts

  before_download
  rm -rf "$folder/cache"
  mount_with_cache "$folder/cache"
  measure "cp, cold" "$package_size" cp "$package" "$folder/copy"
  end_mount
  drop_caches
  mount_with_cache "$folder/cache"
  measure "cp, warm" "$package_size" cp "$package" /dev/null
  measure "$kind member, warm" "$member_size" dd if="$member" of=/dev/null bs=1M status=none
  end_mount
done

reference=$(median <<<"${rates["curl to disk"]}")
printf '\n%s MiB, medians of %s rounds\n\n%-28s %8s %8s\n' "$size" "$rounds" "" "MB/s" "x curl"
for name in "${order[@]}"; do
  rate=$(median <<<"${rates[$name]}")
  printf '%-28s %8d %8s\n' "$name" "$rate" "$(awk -v a="$rate" -v b="$reference" 'BEGIN { printf "%.2f", a / b }')"
done
printf '\n%-28s %8d MiB\n' "peak memory of fusfs" $((peak_memory / 1024))
say "x curl: against curl to disk, one request"
