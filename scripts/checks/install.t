#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What `make install` leaves is complete, works from where it is, and goes away again.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
build=${BUILD:-build}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset MAKEFLAGS MAKELEVEL

installed() {
    (cd "$root" && find . -type f -o -type l | LC_ALL=C sort)
}
works() {
    PATH=$root/usr/bin:$PATH leastpriv-run -o "$root/p.json" -- sh -c \
        'grep -q "usr/lib/leastpriv/libleastpriv.so" /proc/self/maps || { echo "the shim is not there"; exit 1; }'
}
check "install" make BUILD="$build" install PREFIX=/usr DESTDIR="$root"
for f in bin/leastpriv bin/leastpriv-run bin/leastpriv-collector lib/leastpriv/libleastpriv.so \
    share/man/man1/leastpriv.1 share/man/man1/leastpriv-run.1 lib/systemd/system/leastpriv-collector.service share/doc/leastpriv/README.md share/doc/leastpriv/LICENSE; do
    check "  usr/$f" test -s "$root/usr/$f"
done
check "the installed leastpriv-run finds its shim" works
rm -f "$root/p.json"
check "uninstall" make BUILD="$build" uninstall PREFIX=/usr DESTDIR="$root"
left=$(installed)
check "nothing is left" test -z "$left"
done_testing
