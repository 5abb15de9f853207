#!/usr/bin/env bash
# Installs the Debian package on a fresh Debian with a running systemd, in front of a real S3 store, and tries what nothing else can: the unit with
# its own user and sandbox, its watchdog, restarts, exit codes that are not restarted, alerts of a start that fails and their end, upgrade and purge.
#
#   tests/systemd/drill.sh                  about two minutes; four with a new root directory
#   tests/systemd/drill.sh --root DIR       on this root directory; made if it is not there, and kept
#
# Exit code 0 when everything held. Needs root in a machine that lets it make namespaces, and debootstrap, curl, python3, the .NET SDK and what
# tests/s3/start-rgw.sh needs. Fetches some 100 MB of Debian packages where the root directory is new. Listens on loopback alone.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
fail() { printf 'tests/systemd/drill.sh: %s\n' "$*" >&2; exit 1; }

work=$(mktemp -d /tmp/rs-systemd-XXXXXX)
root=$work/root
while [ $# -gt 0 ]; do
  case $1 in
    --root) shift; root=${1:?--root needs a directory} ;;
    *) fail "unknown argument $1" ;;
  esac
  shift
done

[ "$(id -u)" = 0 ] || fail "needs root"
for tool in debootstrap curl python3 dotnet unshare nsenter pivot_root; do
  command -v "$tool" >/dev/null || fail "needs $tool"
done

readonly s3_port=21500 port=21580 admin_port=21581 slack_port=21582
share=$work/share
mkdir "$share"
init= slack=
clean_up() {
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  [ -z "$slack" ] || kill -TERM "$slack" 2>/dev/null || true
  wait 2>/dev/null || true
  DATA=$work/rgw PORT=$s3_port tests/s3/stop-rgw.sh >&2 || true
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

held=0
# Runs within the new system.
within() { nsenter --target "$init" --mount --pid --uts --ipc --cgroup --root env -i --chdir=/ PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
show() { within systemctl show releaseserver --property "$1" --value; }
holds() { # what, command...
  local what=$1
  shift
  if "$@"; then held=$((held + 1)); printf 'ok    %s\n' "$what"; else printf 'FAIL  %s\n' "$what" >&2; within journalctl -u releaseserver --no-pager -o cat -n 30 >&2 || true; exit 1; fi
}
soon() { # seconds, command...: until it succeeds
  local until=$((SECONDS + $1))
  shift
  until "$@"; do [ $SECONDS -lt $until ] || return 1; sleep 0.5; done
}
answers() { [ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port$1")" = "$2" ]; }
status() { curl -s -m 2 "http://127.0.0.1:$admin_port/status.json" | grep -q "^  \"state\": \"$1\""; }
told() { grep -qF "$1" "$work/slack.log" 2>/dev/null; }
is() { [ "$1" = "$2" ] || { printf '%s is not %s\n' "$1" "$2" >&2; return 1; }; }
s3() { curl -sf -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" --aws-sigv4 "aws:amz:$RELEASESERVER_TEST_S3_REGION:s3" --user "$RELEASESERVER_TEST_S3_ACCESS_KEY:$RELEASESERVER_TEST_S3_SECRET_KEY" -o /dev/null "$@"; }
main_pid() { show MainPID; }
restarted() { local pid; pid=$(main_pid); [ "$pid" != 0 ] && [ "$pid" != "$1" ]; }

if [ ! -e "$root/lib/systemd/systemd" ]; then
  echo "== A fresh Debian"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,curl,ca-certificates,libicu72,procps bookworm "$root" > "$work/debootstrap.log" || fail "debootstrap: $(tail -1 "$work/debootstrap.log")"
fi
runtime=$(dirname "$(readlink -f "$(command -v dotnet)")")
mkdir -p "$root/usr/share/dotnet"
cp -a "$runtime/dotnet" "$runtime/host" "$runtime/shared" "$root/usr/share/dotnet/"
ln -sfn /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"

echo "== The package, the store, and who is told of alerts"
deploy/package/build.sh --out "$share" > "$work/build.log" 2>&1 || fail "$(tail -3 "$work/build.log")"
deploy/package/build.sh --out "$share/next" --version 99.0.0 > "$work/build.log" 2>&1 || fail "$(tail -3 "$work/build.log")"
eval "$(DATA=$work/rgw PORT=$s3_port tests/s3/start-rgw.sh)"
python3 - "$slack_port" "$work/slack.log" <<'PY' &
import http.server, sys
class Slack(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(sys.argv[2], "ab") as log:
            log.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\n")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Slack).serve_forever()
PY
slack=$!

echo "== Booting"
unshare --mount --pid --fork --uts --ipc --cgroup --propagation private tests/systemd/boot.sh "$root" "$share" > "$work/boot.log" 2>&1 &
outer=$!
first_child() { init=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' '); [ -n "$init" ] && [ "$(cat "/proc/$init/comm")" = systemd ]; }
soon 30 first_child || fail "systemd does not run: $(tail -3 "$work/boot.log")"
soon 60 within systemctl is-active --quiet basic.target || fail "systemd does not come up"

echo "== First installation"
within apt-get purge -qq -y releaseserver > /dev/null 2>&1 || true
within sh -c 'dpkg -i /host/releaseserver_*.deb' > "$work/dpkg.log" 2>&1 || fail "$(tail -3 "$work/dpkg.log")"
holds "nothing is started without settings" is "$(show ActiveState)" inactive
cat > "$root/etc/releaseserver/settings.json" <<END
{
  "Bucket": { "Kind": "s3", "Endpoint": "$RELEASESERVER_TEST_S3_ENDPOINT", "Name": "drill", "PathStyle": true, "Region": "$RELEASESERVER_TEST_S3_REGION" },
  "Server": { "Urls": ["http://127.0.0.1:$port"], "AdminUrls": ["http://127.0.0.1:$admin_port"] },
  "Slack": { "WebhookUrl": "http://127.0.0.1:$slack_port/hook" }
}
END
printf 'Bucket__AccessKey=%s\nBucket__SecretKey=%s\n' "$RELEASESERVER_TEST_S3_ACCESS_KEY" "$RELEASESERVER_TEST_S3_SECRET_KEY" | install -m 0400 /dev/stdin "$root/etc/releaseserver/secrets.env"
s3 -X PUT "$RELEASESERVER_TEST_S3_ENDPOINT/drill" || fail "the bucket cannot be made"
head -c 3000000 /dev/urandom > "$work/file.bin"
s3 -T "$work/file.bin" "$RELEASESERVER_TEST_S3_ENDPOINT/drill/nodejs/release/v1.0.0/file.bin" || fail "the bucket cannot be written"
readonly file=/dist/v1.0.0/file.bin
command_within() { within sh -c "set -a; . /etc/releaseserver/secrets.env; exec releaseserver $1 --config /etc/releaseserver/settings.json" > "$work/command.log" 2>&1 || { cat "$work/command.log" >&2; return 1; }; }
holds "check" command_within check
holds "links" command_within links
holds "catalog" command_within catalog
holds "enable --now" within systemctl enable --quiet --now releaseserver
holds "it serves" soon 10 answers $file 200
holds "the status page is green" soon 20 status Operational
# DynamicUser has these numbers; the name needs libnss-systemd.
holds "it runs as a user of its own" test "$(within stat -c %u "/proc/$(main_pid)")" -ge 61184
holds "it tells systemd how it does" is "$(show StatusText | grep -c 'eneration')" 1

echo "== It dies"
pid=$(main_pid)
within kill -KILL "$pid"
holds "killed: started again" soon 10 restarted "$pid"
holds "and serves" soon 10 answers $file 200
pid=$(main_pid)
within kill -STOP "$pid"
began=$SECONDS
holds "frozen: killed by the watchdog and started again" soon 45 restarted "$pid"
holds "and serves" soon 10 answers $file 200
printf '      %s s after it froze\n' $((SECONDS - began))

echo "== The bucket dies"
kill -KILL "$(cat "$work/rgw/rgw.pid")"
holds "degraded or down within 15 s" soon 15 sh -c "! curl -s http://127.0.0.1:$admin_port/status.json | grep -q '^  \"state\": \"Operational\"'"
holds "what is kept is served" answers $file 200
holds "the alert is told" soon 20 told "Trouble: Bucket down"
DATA=$work/rgw PORT=$s3_port tests/s3/start-rgw.sh > /dev/null
holds "and that it is over" soon 60 told "Over: Bucket down"
holds "green again" soon 40 status Operational

echo "== Settings that are wrong"
cp "$root/etc/releaseserver/settings.json" "$work/settings.json"
sed -i 's/"Urls"/"Urlz"/' "$root/etc/releaseserver/settings.json"
within systemctl restart releaseserver 2>/dev/null || true
# Between two starts it would be "activating".
holds "it is not started again" is "$(show ActiveState) $(show ExecMainStatus)" "failed 78"
holds "the alert is told" soon 10 told "Trouble: Server did not start"
cp "$work/settings.json" "$root/etc/releaseserver/settings.json"
holds "right again: it starts" within systemctl restart releaseserver
holds "and that it is over is told" soon 20 told "Over: Server did not start"
holds "and serves" soon 10 answers $file 200

echo "== Upgrade, removal"
pid=$(main_pid)
within sh -c 'dpkg -i /host/next/releaseserver_99*.deb' > "$work/dpkg.log" 2>&1 || fail "$(tail -3 "$work/dpkg.log")"
holds "the upgrade restarts it" soon 15 restarted "$pid"
holds "and it serves" soon 10 answers $file 200
holds "settings are kept" cmp -s "$work/settings.json" "$root/etc/releaseserver/settings.json"
holds "the cache is kept" sh -c "curl -sI http://127.0.0.1:$port$file | grep -qi '^cache-status:.*hit'"
holds "stop" within systemctl stop releaseserver
holds "purge leaves nothing" sh -c "nsenter --target $init --mount --pid --uts --ipc --cgroup --root env -i --chdir=/ PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive apt-get purge -qq -y releaseserver > /dev/null 2>&1 && [ ! -e '$root/etc/releaseserver' ] && [ ! -e '$root/opt/releaseserver' ] && [ ! -e '$root/var/lib/private/releaseserver' ]"
printf '%s checks held\n' "$held"
