#!/usr/bin/env bash
# Measures `promote` beside `rclone copy` of the same files, on a throw-away S3 server (tests/s3) on loopback. docs/benchmarks.md says what, and
# how to read it.
#
#   tests/load/promotion.sh                     60 files of 2.5 GB, 2 rounds, some three minutes; prints a table
#   tests/load/promotion.sh --size 250          megabytes, 10 to 2500
#   tests/load/promotion.sh --rounds 3          1 to 3
#   tests/load/promotion.sh --server PATH       a server that is built already (program or assembly); else what `dotnet build -c Release` made
#   tests/load/promotion.sh --setting NAME=VALUE  a setting for `promote`; may be repeated
#
# Each round, into empty buckets: promote; rclone within one remote (the store copies, no byte is read); rclone from one remote to another
# (every byte passes through it). Exit code 0 when all was measured, whatever the figures. Needs rclone and tests/s3's packages.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly root=$PWD

say() { printf '== %s\n' "$*" >&2; }
fail() { printf 'tests/load/promotion.sh: %s\n' "$*" >&2; exit 1; }

size=2500
rounds=2
server=$PWD/src/ReleaseServer/bin/Release/net10.0/ReleaseServer.dll
more=()
while [ $# -gt 0 ]; do
  case $1 in
    --size) size=${2:?--size needs a number}; shift ;;
    --rounds) rounds=${2:?--rounds needs a number}; shift ;;
    --server) server=$(realpath "${2:?--server needs a path}"); shift ;;
    --setting) more+=("--${2:?--setting needs NAME=VALUE}"); shift ;;
    -h | --help) sed -n '2,/^set -euo/{/^set -euo/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) fail "unknown argument $1" ;;
  esac
  shift
done
[[ $size =~ ^[0-9]{2,4}$ ]] && [ "$size" -ge 10 ] && [ "$size" -le 2500 ] || fail "--size must be 10 to 2500, is '$size'"
[[ $rounds =~ ^[1-3]$ ]] || fail "--rounds must be 1 to 3, is '$rounds'"
[ -f "$server" ] || fail "$server is not built"
for tool in rclone:rclone radosgw:radosgw openssl:openssl; do
  command -v "${tool%%:*}" >/dev/null || fail "${tool%%:*} is missing; on Debian: apt-get install ${tool#*:}"
done
case $server in *.dll) run=(dotnet "$server") ;; *) run=("$server") ;; esac

work=$(mktemp -d /tmp/rs-promotion-XXXXXX)
child=
node=
clean_up() {
  local pid
  for pid in $child $node; do kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  DATA=$work/rgw "$root/tests/s3/stop-rgw.sh" >&2 || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say "Starting the S3 gateway"
settings=$(PORT=$((20000 + RANDOM % 10000)) DATA=$work/rgw tests/s3/start-rgw.sh) || fail "the S3 gateway did not start"
eval "$settings"
cat >"$work/rclone.conf" <<CONF
[one]
type = s3
provider = Ceph
endpoint = $RELEASESERVER_TEST_S3_ENDPOINT
access_key_id = $RELEASESERVER_TEST_S3_ACCESS_KEY
secret_access_key = $RELEASESERVER_TEST_S3_SECRET_KEY
[other]
type = s3
provider = Ceph
endpoint = $RELEASESERVER_TEST_S3_ENDPOINT
access_key_id = $RELEASESERVER_TEST_S3_ACCESS_KEY
secret_access_key = $RELEASESERVER_TEST_S3_SECRET_KEY
CONF
export RCLONE_CONFIG=$work/rclone.conf
# All is on loopback; rclone does not start with a bundle of certificates for the AWS SDK.
unset AWS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY http_proxy https_proxy

# 60 names: headers and a linux-x64 tarball with what the index is read from, 57 others in the sizes of a release (20, 4 and 1 parts), the list.
readonly version=v26.8.0
make_release() {
  local dir=$1 tree=$work/tree/node-$version headers=$work/tree/node-$version/include/node i parts
  mkdir -p "$dir" "$headers/uv" "$headers/openssl" "$tree/bin" "$tree/lib/node_modules/npm"
  printf '#define NODE_%s_VERSION %s\n' MAJOR 26 MINOR 8 PATCH 0 >"$headers/node_version.h"
  printf '#define NODE_VERSION_IS_LTS 0\n#define NODE_VERSION_LTS_CODENAME ""\n#define NODE_MODULE_VERSION 150\n' >>"$headers/node_version.h"
  printf '#define V8_%s\n' 'MAJOR_VERSION 15' 'MINOR_VERSION 0' 'BUILD_NUMBER 1' 'PATCH_LEVEL 2' >"$headers/v8-version.h"
  printf '#define UV_VERSION_%s\n' 'MAJOR 1' 'MINOR 60' 'PATCH 0' >"$headers/uv/version.h"
  printf '#define ZLIB_VERSION "1.3.2"\n' >"$headers/zlib.h"
  printf '#define OPENSSL_VERSION_TEXT "OpenSSL 3.5.9 1 Aug 2026"\n' >"$headers/openssl/opensslv.h"
  printf '{"name":"npm","version":"12.0.1"}\n' >"$tree/lib/node_modules/npm/package.json"
  tar -C "$work/tree" -czf "$dir/node-$version-headers.tar.gz" "node-$version/include"
  # 57 files: 19 of 20 parts, 19 of 4, 19 of 1, and the program in the tarball of 20.
  local part=$((size * 1000000 / 495))
  random() { openssl enc -aes-128-ctr -K "$(printf %032x "$2")" -iv 0 -nosalt -in /dev/zero 2>/dev/null | head -c "$1"; }
  random $((part * 20)) 99 >"$tree/bin/node"
  tar -C "$work/tree" --owner=0 --group=0 -cf - "node-$version/bin" "node-$version/include" "node-$version/lib" | gzip -1 >"$dir/node-$version-linux-x64.tar.gz"
  for i in $(seq 57); do
    parts=20
    [ "$i" -le 19 ] || parts=4
    [ "$i" -le 38 ] || parts=1
    random $((part * parts)) "$i" >"$dir/node-$version-build-$(printf %02d "$i").tar.gz" || true
  done
  (cd "$dir" && sha256sum -- *.tar.gz | LC_ALL=C sort -k2) >"$work/tree/sums"
  mv "$work/tree/sums" "$dir/SHASUMS256.txt"
  rm -rf "$work/tree"
}

say "Making 60 files of $size MB"
set +o pipefail
make_release "$work/files"
set -o pipefail
rclone mkdir one:staging
rclone copy --transfers 4 "$work/files" "one:staging/nodejs/release/$version"
count=$(find "$work/files" -type f | wc -l)
bytes=$(du -sb --apparent-size "$work/files"/* | awk '{ sum += $1 } END { printf "%.0f", sum }')
rm -rf "$work/files"

# Runs a command alone. Sets $took (s), $busy (s of processor) and $peak (MB of memory): VmHWM only grows, and is read until the end.
measure() {
  local begin end high=0 seen
  begin=$(date +%s.%N)
  "$@" >"$work/out" 2>&1 &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    seen=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$child/status" 2>/dev/null) || true
    [ "${seen:-0}" -le "$high" ] || high=$seen
    sleep 0.05
  done
  wait "$child" || { tail -n 30 "$work/out" >&2; fail "failed: $*"; }
  child=
  end=$(date +%s.%N)
  took=$(awk "BEGIN { printf \"%.1f\", $end - $begin }")
  peak=$((high / 1024))
}

s3() { # SECTION BUCKET
  printf -- '--%s\n' "$1:Kind=s3" "$1:Endpoint=$RELEASESERVER_TEST_S3_ENDPOINT" "$1:Name=$2" "$1:Region=$RELEASESERVER_TEST_S3_REGION" \
    "$1:AccessKey=$RELEASESERVER_TEST_S3_ACCESS_KEY" "$1:SecretKey=$RELEASESERVER_TEST_S3_SECRET_KEY"
}

# A node that serves the bucket, and is told: where none is known, promote waits until all have polled (3 s by default).
start_node() { # SETTING...
  local tries=200
  "${run[@]}" serve --Server:Urls=http://127.0.0.1:0 --Server:AdminUrls=http://127.0.0.1:0 --Status:Enabled=false "$@" >"$work/node" 2>&1 &
  node=$!
  until admin=$(sed -n 's/.*Admin: listening on \(http[^ ]*\).*/\1/p' "$work/node") && [ -n "$admin" ]; do
    [ $((tries--)) -gt 0 ] && kill -0 "$node" 2>/dev/null || { cat "$work/node" >&2; fail "the node did not start"; }
    sleep 0.1
  done
}

promote() { # BUCKET
  local arguments
  mapfile -t arguments < <(s3 Bucket "$1"; s3 Staging staging)
  pushd "$work" >/dev/null
  "${run[@]}" links "${arguments[@]}" >/dev/null
  "${run[@]}" catalog "${arguments[@]}" >/dev/null
  start_node "${arguments[@]}"
  measure "${run[@]}" promote "$version" --node "$admin" "${arguments[@]}" "${more[@]}"
  grep -q "has applied it" "$work/out" || { cat "$work/out" >&2; fail "the node was not told"; }
  kill -TERM "$node" && wait "$node" || true
  node=
  popd >/dev/null
  rclone check "one:staging/nodejs/release/$version" "one:$1/nodejs/release/$version" 2>"$work/check" || { cat "$work/check" >&2; fail "promote made no equal copy"; }
}

# What was deleted is still in the store until it is collected.
forget() { # BUCKET
  rclone purge "one:$1"
  CEPH_CONF=$work/rgw/ceph.conf radosgw-admin gc process --include-all >/dev/null 2>&1
}

readonly rclone=(rclone copy --s3-no-check-bucket)
printf '| round | promote | its memory | rclone, the store copies | ratio | rclone, bytes pass through | its memory | ratio |\n'
printf '| --- | --- | --- | --- | --- | --- | --- | --- |\n'
for round in $(seq "$rounds"); do
  say "Round $round"
  rclone mkdir "one:promoted-$round"
  promote "promoted-$round"
  ours=$took ours_memory=$peak
  forget "promoted-$round"

  rclone mkdir "one:inside-$round"
  measure "${rclone[@]}" "one:staging/nodejs/release/$version" "one:inside-$round/nodejs/release/$version"
  inside=$took
  forget "inside-$round"

  rclone mkdir "one:through-$round"
  measure "${rclone[@]}" "one:staging/nodejs/release/$version" "other:through-$round/nodejs/release/$version"
  through=$took through_memory=$peak
  forget "through-$round"

  awk -v r="$round" -v o="$ours" -v m="$ours_memory" -v i="$inside" -v t="$through" -v n="$through_memory" \
    'BEGIN { printf "| %d | %s s | %d MB | %s s | %.2f | %s s | %d MB | %.2f |\n", r, o, m, i, o / i, t, n, o / t }'
done
printf '\n%d files, %d bytes; load of the machine at the end %s\n' "$count" "$bytes" "$(cut -d' ' -f1 /proc/loadavg)"
