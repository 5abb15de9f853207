#!/usr/bin/env bash
# A real S3 server for the tests: Ceph's RADOS Gateway on a throw-away cluster of one monitor and one OSD that keeps its objects
# in memory, all on loopback, without a service manager or containers.
#
#   eval "$(PORT=9000 DATA=/tmp/rgw tests/s3/start-rgw.sh [--install])"
#   dotnet test ...
#   DATA=/tmp/rgw tests/s3/stop-rgw.sh
#
#   PORT       the gateway's port on 127.0.0.1; the monitor takes PORT+1. Default 9000.
#   DATA       directory of state, logs and process ids; made here, cleared at a start. Default /tmp/release-server-rgw-PORT.
#   --install  installs the Debian packages that are missing; needs root, or sudo without a password.
#
# Prints lines of `export NAME=value` and nothing else on standard output; progress goes to standard error. A second call while the
# gateway runs prints the same lines. A call after the gateway alone has died starts it again, with its objects.
set -euo pipefail

port=${PORT:-9000}
data=${DATA:-/tmp/release-server-rgw-$port}
access_key=release-server-test
secret_key=release-server-test-secret
packages=(ceph-mon ceph-osd radosgw curl)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

note() { echo "start-rgw: $*" >&2; }
fail() { note "$*"; exit 1; }

missing_tools() {
  local tool
  for tool in ceph ceph-mon ceph-osd ceph-authtool monmaptool radosgw radosgw-admin curl setsid; do
    command -v "$tool" >/dev/null || echo "$tool"
  done
}

install_packages() {
  local root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "--install needs root or sudo without a password; run: apt-get install ${packages[*]}"
    root=(sudo -n)
  fi
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  # Package lists are refreshed only where installing fails without: a new machine has none.
  "${apt[@]}" --no-install-recommends install "${packages[@]}" >&2 && return
  "${apt[@]}" update >&2
  "${apt[@]}" --no-install-recommends install "${packages[@]}" >&2
}

for argument in "$@"; do
  case $argument in
    --install) [ -z "$(missing_tools)" ] || install_packages ;;
    *) fail "unknown argument $argument" ;;
  esac
done
[ -z "$(missing_tools)" ] || fail "missing: $(missing_tools | tr '\n' ' ')- run with --install, or apt-get install ${packages[*]}"
[[ $port =~ ^[0-9]+$ ]] || fail "PORT must be a number, is '$port'"
mkdir -p "$data"
data=$(cd "$data" && pwd)
# Unix sockets live in the directory, and their paths have 107 characters at most.
[ ${#data} -le 80 ] || fail "DATA must have at most 80 characters: $data"
# The directory is cleared below: never one that this script did not make.
[ -f "$data/ceph.conf" ] || [ -z "$(ls -A "$data")" ] || fail "DATA holds files of others: $data"
export CEPH_CONF=$data/ceph.conf

# shellcheck source=tests/s3/processes.sh
. "$here/processes.sh"

answers() { curl -s -o /dev/null --max-time 2 --noproxy '*' "http://127.0.0.1:$port/"; }
print_environment() {
  cat <<LINES
export RELEASESERVER_TEST_S3_ENDPOINT=http://127.0.0.1:$port
export RELEASESERVER_TEST_S3_ACCESS_KEY=$access_key
export RELEASESERVER_TEST_S3_SECRET_KEY=$secret_key
export RELEASESERVER_TEST_S3_REGION=default
LINES
}
until_true() { # SECONDS WHAT COMMAND...: waits for the command to succeed
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || fail "$what did not happen in time; see $data/*.log"
    sleep 0.1
  done
}
launch() { # NAME COMMAND...: detached, so that it outlives this shell
  local name=$1
  shift
  setsid "$@" </dev/null >"$data/$name.out" 2>&1 &
  echo $! >"$data/$name.pid"
}

keep_store=no
if is_ours mon && is_ours osd; then
  if is_ours rgw && answers; then
    note "already running"
    print_environment
    exit 0
  fi
  keep_store=yes
fi

if [ $keep_store = no ]; then
  DATA=$data "$here/stop-rgw.sh"
  mkdir -p "$data"
  for taken in "$port" "$((port + 1))"; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$taken") 2>/dev/null; then fail "port $taken is taken"; fi
  done
else
  end_process rgw
fi

trap '[ $? = 0 ] || { tail -n 5 "$data"/*.log "$data"/*.out >&2 2>/dev/null; DATA=$data "$here/stop-rgw.sh"; }' EXIT

start_store() {
  local cluster osd name
  cluster=$(cat /proc/sys/kernel/random/uuid)
  osd=$(cat /proc/sys/kernel/random/uuid)
  # One OSD and one copy, no timers to wait for, no background work. tcp_nodelay: without it each small answer takes 40 ms more.
  cat >"$CEPH_CONF" <<CONF
[global]
fsid = $cluster
mon host = [v2:127.0.0.1:$((port + 1))/0]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = $data/keyring
run dir = $data
admin socket = $data/\$name.asok
log file = $data/\$name.log
mon cluster log to file = false
auth allow insecure global id reclaim = false
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail crit = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
paxos propose interval = 0.05
paxos min wait = 0.01
[mon]
mon data = $data/mon
[osd]
osd data = $data/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd max scrubs = 0
osd class update on start = true
[client]
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw num control oids = 1
rgw override bucket index max shards = 1
rgw run sync thread = false
rgw gc max objs = 1
rgw lc max objs = 1
CONF
  ceph-authtool --create-keyring "$data/keyring" --gen-key --name mon. --cap mon 'allow *' >/dev/null
  for name in client.admin client.rgw osd.0; do
    ceph-authtool "$data/keyring" --gen-key --name "$name" --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' >/dev/null
  done
  monmaptool --create --clobber --fsid "$cluster" --addv a "[v2:127.0.0.1:$((port + 1))/0]" "$data/monmap" >/dev/null
  mkdir -p "$data/mon" "$data/osd"
  ceph-mon --mkfs -i a --monmap "$data/monmap" --keyring "$data/keyring"
  launch mon ceph-mon -f -i a
  until_true 30 "a monitor quorum" timeout 5 ceph mon stat
  ceph osd new "$osd" 0 >/dev/null
  ceph-osd -i 0 --mkfs --osd-uuid "$osd" >"$data/mkfs.out" 2>&1
  launch osd ceph-osd -f -i 0
  until_true 30 "an OSD that is up" bash -c "timeout 5 ceph osd stat | grep -q '1 up'"
}

[ $keep_store = yes ] || start_store
launch rgw radosgw -f -n client.rgw
until_true 60 "an answer on port $port" answers
radosgw-admin user info --uid=tests >/dev/null 2>&1 \
  || radosgw-admin user create --uid=tests --display-name=tests --max-buckets=0 \
    --access-key="$access_key" --secret-key="$secret_key" >/dev/null
note "ready in $SECONDS s, state in $data"
print_environment
