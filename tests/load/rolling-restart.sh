#!/usr/bin/env bash
# Restarts two nodes by turns, under load, behind nginx as deploy/nginx sets it up and a watch that takes a node out while its /ready does not
# answer 200, and counts the requests that failed.
#
#   tests/load/rolling-restart.sh                          20 rounds, each node once in each
#   tests/load/rolling-restart.sh --times 3                other than 20
#   tests/load/rolling-restart.sh --configuration Debug    what is built already in that configuration; Release otherwise
#   tests/load/rolling-restart.sh --server PATH            a program or assembly that is built already
#
# Exit code 0 when no request failed. Needs nginx, wrk and curl. Listens on loopback alone.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=tests/load/node.sh
. tests/load/node.sh

times=20
read_arguments times "$@"
[[ $times =~ ^[1-9][0-9]{0,2}$ ]] || fail "--times is 1 to 999, is '$times'"
need nginx:nginx-light wrk:wrk curl:curl
nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)

# Times that fit together: noticed within one look, so the notice is longer than two looks that take their longest.
readonly look=0.2 look_limit=0.5 stop_delay=2s drain_time=10s
readonly limit=60 # seconds for one node to stop or to be ready

work=$(mktemp -d /tmp/rs-rolling-XXXXXX)
declare -A pids=()
clean_up() {
  local name
  for name in "${!pids[@]}"; do kill -TERM "${pids[$name]}" 2>/dev/null || true; done
  for name in "${!pids[@]}"; do wait "${pids[$name]}" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Each with a disk of its own and one bucket between them, which the first makes as a sample.
declare -A public=() admin=()
start_node() {
  local name=$1 bucket=()
  [ "$name" = a ] || bucket=("--Bucket:Path=$work/a/data/bucket")
  (cd "$work/$name" && exec "${command[@]}" serve "--Server:Urls=http://127.0.0.1:${public[$name]}" "--Server:AdminUrls=http://127.0.0.1:${admin[$name]}" \
    "--Server:StopDelay=$stop_delay" "--Server:DrainTime=$drain_time" "${bucket[@]}" --Log:Access=false --Status:Enabled=false) \
    >>"$work/$name.log" 2>&1 &
  pids[$name]=$!
}
is_ready() { curl -fsS -o /dev/null --max-time "$look_limit" "http://127.0.0.1:$1/ready" 2>/dev/null; }
await() { # what, command...
  local what=$1 end=$((SECONDS + limit))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "$what took more than $limit s"
    sleep 0.1
  done
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }
is_in() { grep -qx "$1" "$work/in" 2>/dev/null; }

for name in a b; do
  mkdir "$work/$name"
  public[$name]=$(find_port) admin[$name]=$(find_port)
  start_node "$name"
  await "the start of $name" is_ready "${admin[$name]}"
done

# The balancer of deploy/nginx, with these addresses.
port=$(find_port)
write_balancer() {
  local conf=$work/nginx.conf marks=() name
  for name in a b; do
    if is_in "$name"; then marks+=(""); else marks+=(" down"); fi
  done
  {
    printf 'daemon off; pid %s/nginx.pid; error_log %s/nginx.log; worker_processes 1;\n' "$work" "$work"
    [ "$(id -u)" != 0 ] || printf 'user root;\n'
    printf 'events { worker_connections 1024; }\nhttp { access_log off;\n'
    local place
    for place in client_body proxy fastcgi uwsgi scgi; do printf '%s_temp_path %s/%s;\n' "$place" "$work" "$place"; done
    sed -e "s/10\.0\.0\.5:8080 \(.*\);/127.0.0.1:${public[a]} \1${marks[0]};/" -e "s/10\.0\.0\.6:8080 \(.*\);/127.0.0.1:${public[b]} \1${marks[1]};/" \
      -e "s/listen 80;/listen 127.0.0.1:$port;/" deploy/nginx/releaseserver.conf
    printf '}\n'
  } >"$conf.new"
  mv "$conf.new" "$conf"
}
look_once() {
  local name
  for name in a b; do
    if is_ready "${admin[$name]}"; then echo "$name"; fi
  done
}
watch_nodes() {
  local now
  while :; do
    now=$(look_once)
    # With nobody ready there is nobody better.
    if [ -n "$now" ] && [ "$now" != "$(cat "$work/in")" ]; then
      echo "$now" >"$work/in"
      write_balancer
      kill -HUP "${pids[nginx]}"
    fi
    sleep "$look"
  done
}
printf 'a\nb\n' >"$work/in"
write_balancer
"$nginx" -e stderr -p "$work" -c "$work/nginx.conf" 2>>"$work/nginx.log" &
pids[nginx]=$!
await "the start of nginx" is_taken "$port"
watch_nodes &
pids[watch]=$!

# A new connection for each request: what nginx's own restart of its workers does to idle connections is not what is counted.
cat >"$work/targets.lua" <<'END'
local targets = { "/dist/index.json", "/dist/latest/SHASUMS256.txt", "/dist/", "/dist/index.tab" }
local i = 0
function request()
  i = i % #targets + 1
  return wrk.format("GET", targets[i], { ["Connection"] = "close" })
end
function done(summary)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, e.status, e.connect, e.read, e.write, e.timeout))
end
END
wrk -t1 -c8 -d 1h --timeout 20s -s "$work/targets.lua" "http://127.0.0.1:$port/" >"$work/wrk.log" 2>&1 &
pids[wrk]=$!

say "Restarting two nodes $times times"
began=$SECONDS
for ((round = 1; round <= times; round++)); do
  for name in a b; do
    kill -TERM "${pids[$name]}"
    await "the stop of $name" is_gone "${pids[$name]}"
    code=0
    wait "${pids[$name]}" || code=$?
    [ "$code" = 0 ] || fail "$name ended with exit code $code: $(tail -n 5 "$work/$name.log")"
    start_node "$name"
    await "the start of $name" is_ready "${admin[$name]}"
    await "the return of $name" is_in "$name"
  done
done

kill -INT "${pids[wrk]}"
wait "${pids[wrk]}" || true
unset 'pids[wrk]'
read -r _ requests status connect read_errors write_errors timeouts < <(grep '^RESULT ' "$work/wrk.log") || fail "wrk told nothing: $(cat "$work/wrk.log")"
failed=$((status + connect + read_errors + write_errors + timeouts))
printf '%d restarts, %d requests in %d s, %d failed (status %d, connect %d, read %d, write %d, timeout %d)\n' \
  $((2 * times)) "$requests" $((SECONDS - began)) "$failed" "$status" "$connect" "$read_errors" "$write_errors" "$timeouts"
[ "$failed" = 0 ] || { tail -n 20 "$work/nginx.log" >&2; exit 1; }
[ "$requests" -gt 0 ] || fail "no request was made"
