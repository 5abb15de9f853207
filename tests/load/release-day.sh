#!/usr/bin/env bash
# A release day on one machine, on loopback: a node under the load that docs/capacity.md works with, a release and a purge of everything in the
# middle of it, and ten times as many requests after that. Prints what clients got, what the bucket was asked, and what it cost.
#
#   tests/load/release-day.sh                          925 requests/s at 1.2 GB/s, then 9,250/s with a tenth of the bytes each; 20 s each
#   tests/load/release-day.sh --seconds 60             longer
#   tests/load/release-day.sh --rate 100               requests/s of the first part; the second has ten times as many
#   tests/load/release-day.sh --configuration Debug    what is built already in that configuration; Release otherwise
#   tests/load/release-day.sh --server PATH            a program or assembly that is built already
#
# Exit code 0 when no request failed. Needs h2load (nghttp2-client) and curl. Writes some 100 MB below TMPDIR.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=tests/load/node.sh
. tests/load/node.sh

seconds=20
rate=925
read_arguments "seconds rate" "$@"
[[ $seconds =~ ^[1-9][0-9]{0,2}$ ]] || fail "--seconds is 1 to 999, is '$seconds'"
[[ $rate =~ ^[1-9][0-9]{0,4}$ ]] || fail "--rate is 1 to 99999, is '$rate'"
need h2load:nghttp2-client curl:curl

work=$(mktemp -d "${TMPDIR:-/tmp}/rs-day-XXXXXX")
node=
load=
clean_up() {
  [ -z "$load" ] || kill -TERM "$load" 2>/dev/null || true
  [ -z "$node" ] || { kill -TERM "$node" 2>/dev/null && wait "$node" 2>/dev/null; } || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Two releases: one is out, the other comes in the middle. 12 small answers and an archive of 16 MB are 1.3 MB in the mean, as 1.2 GB/s in 925 are.
bucket=$work/bucket
make_release() { # version, folder
  mkdir -p "$2"
  head -c 16000000 /dev/urandom >"$2/node-$1.tar.xz"
  head -c 1600000 /dev/urandom >"$2/node-$1-headers.tar.gz"
  (cd "$2" && sha256sum ./*.tar.* | sed 's, \./, ,' >SHASUMS256.txt)
}
make_release v24.1.0 "$bucket/nodejs/release/v24.1.0"
make_release v24.2.0 "$work/next"
head -c 200000 /dev/urandom | base64 -w 0 | sed 's/.*/["&"]/' >"$bucket/nodejs/release/index.json"
run() { (cd "$work" && "${command[@]}" "$@" "--Bucket:Path=$bucket" >>"$work/verbs.log" 2>&1) || fail "$1 failed: $(tail -n 5 "$work/verbs.log")"; }
run links
run catalog

public=$(find_port) admin=$(find_port)
(cd "$work" && exec "${command[@]}" serve "--Server:Urls=http://127.0.0.1:$public" "--Server:AdminUrls=http://127.0.0.1:$admin" "--Bucket:Path=$bucket" \
  --Log:Access=false --Status:Enabled=false) >"$work/node.log" 2>&1 &
node=$!
for ((i = 0; ; i++)); do
  ! curl -fsS -o /dev/null "http://127.0.0.1:$admin/ready" 2>/dev/null || break
  [ "$i" -lt 300 ] || fail "the server did not get ready: $(tail -n 5 "$work/node.log")"
  sleep 0.2
done

# Those that browsers and installers ask for, and one archive in 13.
targets() { # archive
  local i
  for i in 1 2 3 4; do
    printf "http://127.0.0.1:$public/dist/%s\n" index.json latest/SHASUMS256.txt v24.1.0/
    [ "$i" != 2 ] || printf "http://127.0.0.1:$public/dist/v24.1.0/%s\n" "$1"
  done
}
targets node-v24.1.0.tar.xz >"$work/large"
targets node-v24.1.0-headers.tar.gz >"$work/small"

# Sum of a metric's values, of those whose labels hold a text.
value() { awk -v name="$1" -v label="${2:-}" 'index($1, name) == 1 && substr($1, length(name) + 1, 1) ~ /^[{]?$/ && index($1, label) { sum += $2 } END { printf "%.3f\n", sum }' "$work/metrics"; }
read_all() {
  curl -fsS "http://127.0.0.1:$admin/metrics" >"$work/metrics"
  requests=$(value releaseserver_http_requests_total) errors=$(value releaseserver_http_requests_total 'status="5xx"')
  bytes=$(value releaseserver_http_sent_bytes_total) results=$(value releaseserver_cache_results_total) hits=$(value releaseserver_cache_results_total '"hit"')
  asked=$(value releaseserver_bucket_requests_total) cpu=$(value process_cpu_seconds_total)
}

part() { # name, targets, requests per second, what happens in the middle
  local clients=20 was_requests was_errors was_bytes was_results was_hits was_asked was_cpu
  say "$1"
  read_all
  was_requests=$requests was_errors=$errors was_bytes=$bytes was_results=$results was_hits=$hits was_asked=$asked was_cpu=$cpu
  # Not more than a client each would make, so that a small rate is no burst.
  [ "$3" -ge $clients ] || clients=$3
  h2load --h1 -t1 -c "$clients" --rps="$(awk "BEGIN { print $3 / $clients }")" -D "$seconds" -i "$work/$2" >"$work/h2load.log" 2>&1 &
  load=$!
  sleep "$(awk "BEGIN { print $seconds / 2 }")"
  "$4"
  wait "$load" || fail "h2load failed: $(tail -n 5 "$work/h2load.log")"
  load=
  read_all
  local lost
  lost=$(sed -nE 's/^requests: .* ([0-9]+) failed, ([0-9]+) errored, ([0-9]+) timeout$/\1 \2 \3/p' "$work/h2load.log" | awk '{ print $1 + $2 + $3 }')
  [ -n "$lost" ] || fail "h2load told nothing: $(cat "$work/h2load.log")"
  failed=$(awk "BEGIN { print $failed + $lost + $errors - $was_errors }")
  awk -v name="$1" -v s="$seconds" -v r="$requests" -v r0="$was_requests" -v lost="$lost" -v e="$errors" -v e0="$was_errors" -v b="$bytes" -v b0="$was_bytes" \
    -v all="$results" -v all0="$was_results" -v h="$hits" -v h0="$was_hits" -v a="$asked" -v a0="$was_asked" -v c="$cpu" -v c0="$was_cpu" 'BEGIN {
      n = r - r0
      printf "| %s | %d | %d | %.0f | %.2f GB/s | %.2f %% | %d | %.2f | %.0f µs |\n", name, n, lost + e - e0, n / s, (b - b0) / s / 1e9, \
        (all > all0 ? 100 * (h - h0) / (all - all0) : 0), a - a0, (c - c0) / s, (n > 0 ? 1e6 * (c - c0) / n : 0)
    }' >>"$work/table"
}

release() {
  say "A release"
  cp -r "$work/next" "$bucket/nodejs/release/v24.2.0"
  run links
  run catalog
}
purge() {
  say "A purge of everything"
  run purge --all
}

failed=0
# What the compiler does at first is not of a release day.
seconds_of_parts=$seconds seconds=2
part "warm-up" small "$rate" true
seconds=$seconds_of_parts
: >"$work/table"
part "$rate requests/s, mean 1.3 MB; a release" large "$rate" release
part "$rate requests/s, mean 1.3 MB; a purge of everything" large "$rate" purge
part "$((10 * rate)) requests/s, mean 0.2 MB; a purge of everything" small $((10 * rate)) purge

echo "| | requests | errors | requests/s | bytes | hits | bucket requests | cores | processor time a request |"
echo "|---|---|---|---|---|---|---|---|---|"
cat "$work/table"
[ "$failed" = 0 ] || { tail -n 20 "$work/node.log" >&2; exit 1; }
