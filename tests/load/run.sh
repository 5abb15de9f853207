#!/usr/bin/env bash
# Measures the server beside nginx, scenario by scenario, on loopback. docs/benchmarks.md says what, and how to read it.
#
#   tests/load/run.sh                          all of it, a quarter of an hour; prints a table
#   tests/load/run.sh --scenario S1,S4         some of it
#   tests/load/run.sh --rounds 5 --seconds 5   longer measures; 3 and 3 otherwise
#   tests/load/run.sh --markdown FILE          writes the table, too; in a page with marks for it (docs/benchmarks.md), between them
#   tests/load/run.sh --s3 rgw                 a real S3 server (tests/s3) as the bucket; S1 to S6, S11 and S12 only
#   tests/load/run.sh --env NAME=VALUE         an environment variable for the server; may be repeated
#   tests/load/run.sh --setting NAME=VALUE     a setting for the server, such as Cache:MemoryBytes=1000000; may be repeated
#   tests/load/run.sh --server PATH            a server that is built already (program or assembly), instead of publishing this one
#   tests/load/run.sh --smoke [--configuration Debug]
#                                              every scenario once, small and short, with what is built already: does the harness work?
#
# Exit code 0 when everything was measured, whatever the figures. Needs nginx, wrk and h2load (nghttp2-client).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf '== %s\n' "$*" >&2; }
fail() { printf 'tests/load/run.sh: %s\n' "$*" >&2; exit 1; }

server=
smoke=no
rgw=no
configuration=Release
limit=3600 # seconds for the whole run
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --smoke) smoke=yes limit=240; arguments+=(--smoke) ;;
    --server) shift; server=$(realpath "${1:?--server needs a path}") ;;
    --configuration) shift; configuration=${1:?--configuration needs a name} ;;
    --s3) shift; [ "${1:-}" != rgw ] || rgw=yes; arguments+=(--s3 "${1:?--s3 needs rgw or stand-in}") ;;
    --scenario | --rounds | --seconds | --markdown | --env | --setting) arguments+=("$1" "${2:?$1 needs a value}"); shift ;;
    -h | --help) sed -n '2,/^set -euo/{/^set -euo/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) fail "unknown argument $1" ;;
  esac
  shift
done

for tool in nginx:nginx-light wrk:wrk h2load:nghttp2-client; do
  PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || fail "${tool%%:*} is missing; on Debian: apt-get install ${tool#*:}"
done

work=$(mktemp -d /tmp/rs-load-XXXXXX)
run=
rgw_data=
# What is left when the run broke off: processes that it started, known by id and start time, and nothing else.
clean_up() {
  local pid start
  if [ -n "$run" ] && kill -TERM "$run" 2>/dev/null; then wait "$run" 2>/dev/null || true; fi
  if [ -f "$work/pids" ]; then
    while read -r pid start; do
      if [ "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f20)" = "$start" ]; then kill -TERM "$pid" 2>/dev/null || true; fi
    done <"$work/pids"
  fi
  if [ -n "$rgw_data" ]; then
    DATA=$rgw_data tests/s3/stop-rgw.sh >&2 || true
    rm -rf "$rgw_data"
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# One for each idle connection of S11; children inherit it.
ulimit -n "$(ulimit -Hn)"

publish() {
  local out=$PWD/tests/.work/load
  say "Publishing the server"
  mkdir -p "$out"
  # Apart from the solution's own output and lock files: it is for one kind of machine, and compiled ahead of time.
  local common=(--configuration Release --artifacts-path "$out/artifacts" --output "$out/server" --nologo --verbosity quiet
    "-p:NuGetLockFilePath=$out/packages.lock.json" -p:RestoreLockedMode=false)
  rm -rf "$out/server"
  if ! dotnet publish src/ReleaseServer "${common[@]}" --runtime linux-x64 --self-contained false -p:PublishReadyToRun=true >"$out/publish.log" 2>&1; then
    say "It cannot be compiled ahead of time here; see tests/.work/load/publish.log"
    rm -rf "$out/server"
    dotnet publish src/ReleaseServer "${common[@]}" >&2 || fail "the server was not published"
  fi
  server=$out/server/ReleaseServer.dll
  [ ! -x "$out/server/ReleaseServer" ] || server=$out/server/ReleaseServer
}

if [ "$smoke" = yes ]; then
  : "${server:=$PWD/src/ReleaseServer/bin/$configuration/net10.0/ReleaseServer.dll}"
else
  [ -n "$server" ] || publish
  say "Building the harness"
  dotnet build tests/ReleaseServer.Load --configuration "$configuration" --nologo --verbosity quiet >&2
fi
harness=$PWD/tests/ReleaseServer.Load/bin/$configuration/net10.0/ReleaseServer.Load.dll
for file in "$server" "$harness"; do
  [ -f "$file" ] || fail "$file is not built"
done

if [ "$rgw" = yes ] && [ -z "${RELEASESERVER_TEST_S3_ENDPOINT:-}" ]; then
  say "Starting the S3 gateway"
  # Short, because Unix sockets live in it.
  rgw_data=$(mktemp -d /tmp/rs-rgw-XXXXXX)
  settings=$(PORT=$((20000 + RANDOM % 10000)) DATA=$rgw_data tests/s3/start-rgw.sh) || fail "the S3 gateway did not start"
  eval "$settings"
fi

revision=$(git describe --always --dirty 2>/dev/null || echo unknown)
code=0
timeout --kill-after=30 "$limit" dotnet "$harness" --work "$work" --server "$server" --assets tests/load --revision "$revision" \
  "${arguments[@]}" &
run=$!
wait "$run" || code=$?
run=
if [ "$code" != 0 ] && [ -d "$work/peers" ]; then
  # What the servers said, while it is still there.
  find "$work" -name '*log' -type f -size +0 -exec tail -n 20 {} + >&2 || true
fi
exit "$code"
