#!/usr/bin/env bash
# Makes what is installed: a tarball and a Debian package of the program compiled ahead of time, for Linux on x64.
#
#   deploy/package/build.sh                      publishes, and packs into artifacts/
#   deploy/package/build.sh --out DIR            into another directory
#   deploy/package/build.sh --from DIR           packs what is published in DIR already
#   deploy/package/build.sh --version 1.2.3      by another version than that of Directory.Build.props
#
# The same commit gives the same names, dates, owners and order of files. Needs dpkg-deb and, without --from, the .NET SDK.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
fail() { printf 'deploy/package/build.sh: %s\n' "$*" >&2; exit 1; }

out=artifacts
from=
version=$(sed -nE 's:.*<Version>(.*)</Version>.*:\1:p' Directory.Build.props)
while [ $# -gt 0 ]; do
  case $1 in
    --out) shift; out=${1:?--out needs a directory} ;;
    --from) shift; from=${1:?--from needs a directory} ;;
    --version) shift; version=${1:?--version needs a version} ;;
    *) fail "unknown argument $1" ;;
  esac
  shift
done

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+~.][0-9A-Za-z.~+-]+)?$ ]] || fail "a version is written 1.2.3 or 1.2.3-rc.1, is '$version'"
# Debian sorts 1.2.3~rc.1 before 1.2.3, and 1.2.3-rc.1 behind it.
readonly deb_version=${version/-/\~}
command -v dpkg-deb >/dev/null || fail "dpkg-deb is not installed (Debian: dpkg)"

# The date of the commit; of an unpacked source archive, that of the version's file.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Directory.Build.props)}
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
out=$(cd "$out" && pwd)

if [ -z "$from" ]; then
  from=$work/published
  dotnet publish src/ReleaseServer --configuration Release --runtime linux-x64 -p:Version="$version" --output "$from" --nologo --verbosity quiet
fi
[ -x "$from/ReleaseServer" ] || fail "$from holds no program ReleaseServer"

# As it lies in /opt/releaseserver: the program, and the pages that units and alerts name.
readonly name=releaseserver-$version
readonly tree=$work/$name
mkdir -p "$tree"
cp -R "$from/." "$tree/"
rm -f "$tree"/*.pdb "$tree/ReleaseServer.xml"
cp -R docs LICENSE README.md "$tree/"
mkdir -p "$tree/deploy"
cp -R deploy/{alertmanager,grafana,nginx,prometheus,settings,systemd} "$tree/deploy/"
chmod -R u=rwX,go=rX "$tree"
chmod 755 "$tree/ReleaseServer"
find "$tree" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

tar --create --gzip --file "$out/$name-linux-x64.tar.gz" --directory "$work" \
  --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "$name"

# The Debian package: the same tree, units, and settings that are the operator's own from then on.
readonly root=$work/root
install -d -m 755 "$root/opt" "$root/lib/systemd/system" "$root/etc/releaseserver" "$root/usr/bin" "$root/usr/share/doc/releaseserver" "$root/DEBIAN"
cp -R "$tree" "$root/opt/releaseserver"
ln -s /opt/releaseserver/ReleaseServer "$root/usr/bin/releaseserver"
install -m 644 deploy/systemd/* "$root/lib/systemd/system/"
install -m 644 deploy/package/debian/settings.json "$root/etc/releaseserver/settings.json"
install -m 644 LICENSE "$root/usr/share/doc/releaseserver/copyright"
install -m 755 deploy/package/debian/{postinst,prerm,postrm} "$root/DEBIAN/"
echo /etc/releaseserver/settings.json >"$root/DEBIAN/conffiles"
sed -e "s/@VERSION@/$deb_version/" -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" deploy/package/debian/control >"$root/DEBIAN/control"
(cd "$root" && find opt lib usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod 644 "$root"/DEBIAN/{conffiles,control,md5sums}
chmod 755 "$root"
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$out/releaseserver_${deb_version}_amd64.deb" >/dev/null

cd "$out"
sha256sum "$name-linux-x64.tar.gz" "releaseserver_${deb_version}_amd64.deb" | tee SHA256SUMS
