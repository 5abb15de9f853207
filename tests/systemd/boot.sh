#!/usr/bin/env bash
# Boots systemd on a root directory, in namespaces of its own and with the network of this machine. drill.sh runs it by way of
# `unshare --mount --pid --fork --uts --ipc --cgroup`; it ends with systemd, and everything it mounts with it.
#
#   boot.sh ROOT SHARE     SHARE becomes /host within
set -euo pipefail

root=$1
share=$2

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
  # Version 1: systemd wants its own hierarchy, and mounts the others itself.
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  mkdir "$root/sys/fs/cgroup/systemd"
  mount -t cgroup -o none,name=systemd,xattr cgroup "$root/sys/fs/cgroup/systemd"
else
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
fi

mkdir -p "$root/host" "$root/.old"
mount --bind "$share" "$root/host"
cd "$root"
# No chroot: units with file systems of their own need a root that is a mount.
pivot_root . .old
umount -l /.old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --log-target=console --show-status=0
