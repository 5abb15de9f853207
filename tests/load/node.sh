# shellcheck shell=bash
# What the scripts share that start nodes of their own; sourced by them, in the root of the repository.

script=tests/load/${0##*/}

say() { printf '== %s\n' "$*" >&2; }
fail() { printf '%s: %s\n' "$script" "$*" >&2; exit 1; }

# Reads the arguments. An option of the script's own is a number and sets the variable of its name, as --seconds 20 sets seconds; --server and
# --configuration set command, which runs the program; --help prints the comment at the script's head.
read_arguments() { # names of its own options, arguments...
  local own=" $1 " configuration=Release server=
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --configuration) configuration=${2:?--configuration needs a name}; shift ;;
      --server) server=$(realpath "${2:?--server needs a path}"); shift ;;
      -h | --help) sed -n '2,/^set -euo/{/^set -euo/!s/^# \{0,1\}//p}' "$script"; exit 0 ;;
      --*)
        [[ $own == *" ${1#--} "* ]] || fail "unknown argument $1"
        printf -v "${1#--}" %s "${2:?$1 needs a number}"
        shift
        ;;
      *) fail "unknown argument $1" ;;
    esac
    shift
  done
  : "${server:=$PWD/src/ReleaseServer/bin/$configuration/net10.0/ReleaseServer.dll}"
  [ -f "$server" ] || fail "$server is not built"
  command=("$server")
  [ "${server##*.}" != dll ] || command=(dotnet "$server")
}

need() { # programs, each with its package after a colon...
  local tool
  for tool in "$@"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${tool%%:*}" >/dev/null || fail "${tool%%:*} is missing; on Debian: apt-get install ${tool#*:}"
  done
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
find_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    is_taken "$port" || break
  done
  echo "$port"
}
