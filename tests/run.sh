#!/usr/bin/env bash
# Everything that must hold of a change: format, build without warnings, unit tests, end-to-end tests with real clients and a real S3 server.
#
#   tests/run.sh                  all of it; installs what is missing, where it may
#   tests/run.sh --unit           build and in-process tests only; installs nothing, and a test that lacks something may skip
#   tests/run.sh --filter EXPR    only tests that match, in the words of `dotnet test --filter`
#
# Exit code 0 when all tests passed and none was skipped. The figures are also left in tests/.work/results/summary: "PASSED FAILED".
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly work=$PWD/tests/.work
readonly results=$work/results
readonly configuration=Release
readonly test_limit=600 # seconds for one test project

# command:package, for Debian
readonly tools=(
  nginx:nginx-light curl:curl wget:wget aria2c:aria2 lftp:lftp rclone:rclone nodeenv:nodeenv chromium:chromium openssl:openssl xz:xz-utils
  ceph-mon:ceph-mon ceph-osd:ceph-osd radosgw:radosgw node:nodejs npm:npm
  wrk:wrk h2load:nghttp2-client prometheus:prometheus
)

unit_only=no
filter=()
rgw_data=

say() { printf '== %s\n' "$*"; }
fail() { printf 'tests/run.sh: %s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --unit) unit_only=yes ;;
    --filter) shift; filter=(--filter "${1:?--filter needs an expression}") ;;
    *) fail "unknown argument $1" ;;
  esac
  shift
done

clean_up() {
  if [ -n "$rgw_data" ]; then
    DATA=$rgw_data tests/s3/stop-rgw.sh >&2 || true
    rm -rf "$rgw_data"
  fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# nginx is in /usr/sbin, which is not on everyone's path.
has() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; }

install_packages() {
  local missing=() tool
  for tool in "${tools[@]}"; do
    has "${tool%%:*}" || missing+=("${tool#*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "these Debian packages are missing, and installing them needs root: ${missing[*]}"
    root=(sudo -n)
  fi
  say "Installing ${missing[*]}"
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  # Package lists are refreshed only where installing fails without: a new machine has none.
  "${apt[@]}" --no-install-recommends install "${missing[@]}" >"$work/apt.log" 2>&1 ||
    { "${apt[@]}" update && "${apt[@]}" --no-install-recommends install "${missing[@]}"; } >>"$work/apt.log" 2>&1 ||
    { tail -n 20 "$work/apt.log" >&2; fail "installing ${missing[*]} failed"; }
}

install_npm_clients() {
  local to=$work/clients
  if [ -d "$to/node_modules" ] && cmp -s tests/clients/package-lock.json "$to/package-lock.json"; then
    return
  fi
  say "Installing the npm clients"
  rm -rf "$to"
  mkdir -p "$to"
  cp tests/clients/package.json tests/clients/package-lock.json "$to/"
  (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || fail "npm ci failed in tests/.work/clients"
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The gateway takes a port and the one after it.
find_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    is_taken "$port" || is_taken $((port + 1)) || break
  done
  echo "$port"
}

# Unless the environment names an S3 service already.
start_gateway() {
  [ -z "${RELEASESERVER_TEST_S3_ENDPOINT:-}" ] || return 0
  say "Starting the S3 gateway"
  # Short, because Unix sockets live in it.
  rgw_data=$(mktemp -d /tmp/rs-rgw-XXXXXX)
  local settings
  settings=$(PORT=$(find_port) DATA=$rgw_data tests/s3/start-rgw.sh) || fail "the S3 gateway did not start"
  eval "$settings"
}

passed=0
failed=0
run_tests() {
  local project=$1 name code=0 counters
  name=$(basename "$project" .csproj)
  say "Testing $name"
  timeout --kill-after=30 "$test_limit" dotnet test "$project" --no-build --configuration "$configuration" --nologo \
    --logger "trx;LogFileName=$name.trx" --results-directory "$results" "${filter[@]}" || code=$?
  [ "$code" != 124 ] || echo "$name did not end within $test_limit s" >&2

  # <Counters total="5" executed="5" passed="5" failed="0" .../>: what was not passed failed, skips included.
  counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" 2>/dev/null || true)
  local total ok
  total=$(sed -nE 's/.* total="([0-9]+)".*/\1/p' <<<"$counters")
  ok=$(sed -nE 's/.* passed="([0-9]+)".*/\1/p' <<<"$counters")
  local bad=$((${total:-0} - ${ok:-0}))
  if [ "$unit_only" = yes ]; then
    bad=$(sed -nE 's/.* failed="([0-9]+)".*/\1/p' <<<"$counters")
  fi
  # A run that broke off, or wrote no results, is a failure even where no test is.
  if [ "$code" != 0 ] && [ "${bad:-0}" = 0 ]; then
    bad=1
  fi
  passed=$((passed + ${ok:-0}))
  failed=$((failed + ${bad:-0}))
}

rm -rf "$results"
mkdir -p "$results"

if [ "$unit_only" = no ]; then
  install_packages
  install_npm_clients
fi

say "Building"
dotnet restore --nologo --verbosity quiet
dotnet build --no-restore --configuration "$configuration" --nologo --verbosity quiet -warnaserror
if [ "$unit_only" = no ]; then
  say "Checking the format"
  dotnet format --no-restore --verify-no-changes || fail "dotnet format would change files; run it"
fi

projects=(tests/ReleaseServer.Tests/ReleaseServer.Tests.csproj)
if [ "$unit_only" = no ]; then
  start_gateway
  export RELEASESERVER_TEST_STRICT=1
  projects+=(tests/ReleaseServer.EndToEnd/ReleaseServer.EndToEnd.csproj)
fi
for project in "${projects[@]}"; do
  run_tests "$project"
done

echo "$passed $failed" >"$results/summary"
say "$passed passed, $failed failed; results in tests/.work/results"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
