#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What `make install` leaves is complete, works from where it is, and goes away again.
cd "$(dirname "$0")/../.." || exit 1
. scripts/checks/tap.sh
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/a place"
unset MAKEFLAGS MAKELEVEL

installed() {
    (cd "$root" && find . -type f -o -type l | LC_ALL=C sort)
}
works() {
    PATH=$root/usr/bin:$PATH leastpriv-run -o "$root/p.json" -- sh -c \
        'grep -q "usr/lib/leastpriv/libleastpriv.so" /proc/self/maps || { echo "the shim is not there"; exit 1; }'
}
installs() { (umask 077 && make BUILD="$build" install PREFIX=/usr DESTDIR="$root"); }
check "install" installs
said="$(make help)"
for v in $(sed -n 's/^\([A-Z]*\) ?=.*/\1/p' Makefile) WITH_BPF STATIC; do
    case $v in CCACHE | INSTALL | JOBS | SAN | OPT) ;; *) check "  make help names $v" grep -qw "$v" <<<"$said" ;; esac
done
for f in bin/leastpriv bin/leastpriv-run bin/leastpriv-collector lib/leastpriv/libleastpriv.so \
    share/man/man1/leastpriv.1 share/bash-completion/completions/leastpriv-run \
    share/man/man1/leastpriv-run.1 lib/systemd/system/leastpriv-collector.service share/doc/leastpriv/README.md share/doc/leastpriv/LICENSE; do
    check "  usr/$f" test -s "$root/usr/$f"
done
check "  for everybody" test -z "$(find "$root"/* -type d ! -perm -005 -o -type f ! -perm -004)"
check "the installed leastpriv-run finds its shim" works
there() { # as distributions with libraries of two sizes have it
    make BUILD="$build" install PREFIX=/usr LIBDIR=/usr/lib64 DESTDIR="$work/two sizes" &&
        "$work/two sizes/usr/bin/leastpriv-run" -o "$work/p.json" -- grep -q "two sizes/usr/lib64/leastpriv/libleastpriv.so" /proc/self/maps
}
check "  in lib64, too" there
completed() { # what bash shall offer, word...: for the last of the words
    local want=$1
    shift
    # shellcheck disable=SC2016
    offered=$(PATH=$root/usr/bin:$PATH bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _leastpriv; echo "${COMPREPLY[*]}"' \
        "$root/usr/share/bash-completion/completions/$1" "$@")
    [ "$offered" = "$want" ] || { echo "offered: $offered"; return 1; }
}
check "completion: commands" completed "policy pcap" leastpriv p
check "completion: help of them" completed "policy pcap" leastpriv help p
check "completion: what all of them take" completed --model leastpriv policy --mo
check "completion: options" completed --format leastpriv policy --fo
check "completion: what an option takes" completed "on off" leastpriv-run --ebpf = o
check "completion: behind it" completed --strict leastpriv-run --ebpf on --ptrace off --stri
rm -f "$root/p.json"
check "uninstall" make BUILD="$build" uninstall PREFIX=/usr DESTDIR="$root"
left=$(installed)
check "nothing is left" test -z "$left"
check "  twice" make BUILD="$build" uninstall PREFIX=/usr DESTDIR="$root"
mkdir "$work/a clone" && cp -r Makefile collector ebpf include scripts "$work/a clone"
check "a clone in a folder whose name has blanks" make -C "$work/a clone" BUILD=build build/obj/collector/base/buf.o
says_no_probe() { # who asks for what cannot be had gets no package without it
    local log="$work/log"
    if make BUILD="$work/none" WITH_BPF=1 CLANG=no-such-clang "$work/none/.needs" >"$log" 2>&1; then return 1; fi
    grep 'no eBPF probe' "$log"
}
check "WITH_BPF=1 without clang fails" says_no_probe
check "  WITH_BPF=0 does not" make BUILD="$work/none" WITH_BPF=0 CLANG=no-such-clang "$work/none/.needs"
if [ -e "$build/gen/probe.bpf.o" ]; then
    same_probe() {
        make -C "$work/a clone" BUILD=build build/gen/probe.bpf.o && make BUILD="$work/again" "$work/again/gen/probe.bpf.o" &&
            cmp "$work/again/gen/probe.bpf.o" "$work/a clone/build/gen/probe.bpf.o"
    }
    check "the probe is the same wherever it is built" same_probe
fi
done_testing
