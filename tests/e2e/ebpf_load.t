#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every clang that is installed compiles the probe's programs, and the kernel's verifier takes them in
# each way that they may be loaded, older kernels' ways too, which call nothing that those do not have.
. "$(dirname "$0")/lib.sh"

has_probe "loading the eBPF programs" || { done_testing; exit; }
# Of versions that the distribution does not have: what Zig was built with.
mkdir "$WORK/bin"
for zig in "$BUILD"/zig/*/ziglang; do
    [ -x "$zig/zig" ] || continue
    clang=clang-$(basename "$(dirname "$zig")")
    printf '#!/bin/sh\nexec "%s/zig" clang -isystem "%s/lib/include" "$@"\n' "$zig" "$zig" >"$WORK/bin/$clang"
    chmod +x "$WORK/bin/$clang"
done
PATH=$WORK/bin:$PATH
all=(all)
read -ra libs < <(pkg-config --libs libbpf libcjson expat zlib)
for clang in $(compgen -c clang- | grep -xE 'clang-[0-9]+' | sort -Vu); do
    object=$WORK/$clang.o
    # The Makefile knows how.
    make -s CLANG="$clang" WITH_BPF=1 BUILD="$WORK/$clang" "$WORK/$clang/gen/probe.bpf.o" >"$WORK/make.out" 2>&1 &&
        cc -std=c11 -O1 -D_GNU_SOURCE -Iinclude -Icollector -Iebpf -I. "-DNAME=\"$clang\"" \
            "-DLPB_OBJECT=\"$WORK/$clang/gen/probe.bpf.o\"" -o "$object.load" "$E2E/ebpf_load.c" \
            "$BUILD/libcollector.a" "${libs[@]}" >>"$WORK/make.out" 2>&1
    tap_result $? "$clang compiles the programs"
    [ -x "$object.load" ] || { sed 's/^/# /' "$WORK/make.out"; continue; }
    # The first one in all ways, the others in those that are not part of another.
    "$object.load" "${all[@]}" >"$WORK/load.out"
    tap_result $? "$clang: what it made is loaded in $(grep -c '^ok' "$WORK/load.out") ways on Linux $(uname -r)"
    sed 's/^/# /' "$WORK/load.out"
    all=()
done
done_testing
