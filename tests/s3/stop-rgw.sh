#!/usr/bin/env bash
# Ends the S3 server that start-rgw.sh started with the same PORT and DATA, and removes its directory. No server is no error.
set -euo pipefail

data=${DATA:-/tmp/release-server-rgw-${PORT:-9000}}
[ -f "$data/ceph.conf" ] || exit 0
data=$(cd "$data" && pwd)

# shellcheck source=tests/s3/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

for name in rgw osd mon; do end_process "$name"; done
rm -rf "$data"
