#!/usr/bin/env bash
# Soaks the server: absent paths without end, clients that leave and a store that fails, and memory must not grow (SoakTests).
#
#   tests/load/soak.sh                  10 minutes of it, or longer on a machine that needs longer for a million absent paths
#   tests/load/soak.sh SECONDS [PATHS]  less or more; up to 300 s, more growth is allowed, for the process gets warm meanwhile
#
# Prints what it saw. Exit code 0 where the peak of the last third was at most 32 MiB above that of the middle one.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-600}
paths=${2:-$([ $# -gt 0 ] && echo 1 || echo 1000000)}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "tests/load/soak.sh: SECONDS must be a number, is '$seconds'" >&2; exit 2; }
[[ $paths =~ ^[1-9][0-9]*$ ]] || { echo "tests/load/soak.sh: PATHS must be a number, is '$paths'" >&2; exit 2; }

dotnet build tests/ReleaseServer.EndToEnd --configuration Release --nologo --verbosity quiet
RELEASESERVER_TEST_SOAK_SECONDS=$seconds RELEASESERVER_TEST_SOAK_PATHS=$paths timeout --kill-after=30 "$((3 * seconds + 120))" \
  dotnet test tests/ReleaseServer.EndToEnd --no-build --configuration Release --nologo \
  --filter FullyQualifiedName~SoakTests --logger 'console;verbosity=detailed'
