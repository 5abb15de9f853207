# shellcheck shell=bash
# Sourced by start-rgw.sh and stop-rgw.sh, which set $data: the daemons are known by recorded process id and nothing else.

# True while the recorded process is a Ceph daemon of this directory: neither another process with a reused id, nor a zombie.
is_ours() { # NAME
  local pid
  pid=$(cat "$data/$1.pid" 2>/dev/null) || return 1
  { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | grep -qx "CEPH_CONF=$data/ceph.conf"
}

# Kills at once: what a store in memory holds is gone anyway, and a gateway asked to stop takes 5 s.
end_process() { # NAME
  local tries=100
  if is_ours "$1"; then kill -9 "$(cat "$data/$1.pid")" 2>/dev/null || true; fi
  while is_ours "$1" && [ $((tries--)) -gt 0 ]; do sleep 0.05; done
  rm -f "$data/$1.pid"
}
