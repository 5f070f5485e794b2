#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The probe on older kernels and on the newest one: each of those that scripts/bootstrap.sh could have
# is started under emulation with nothing but leastpriv-run and a few clients (ebpf_kernels_init), where
# the probe has to load in the best way of that kernel and to see the calls that were made, as many as
# were made.
# Takes a minute or two, so what went well is not done again until the probe is another.
. "$(dirname "$0")/lib.sh"
. "$E2E/ebpf_lib.sh"

[ -s "$BUILD/gen/probe.bpf.o" ] || { skip "other kernels" "built without eBPF"; done_testing; exit; }
for need in qemu-system-x86_64 busybox; do
    command -v "$need" >/dev/null || { skip "other kernels" "no $need"; done_testing; exit; }
done
# Whatever else leastpriv-run consists of is tested elsewhere.
key=$(sha256sum "$BUILD/gen/probe.bpf.o" ebpf/*.[ch] ebpf/elf/*.[ch] "$E2E"/ebpf_kernels* | cut -d' ' -f1 | sha256sum)
cd "$WORK" || exit 1

# What is there in the guest.
mkdir -p root/{bin,proc,sys,tmp,dev,www/lp-in} && echo hello >root/www/lp-in/plain
alone && cp empty.so root/
cc -O1 -static -s -o root/bin/static "$E2E/../bench/client.c" -lssl -lcrypto 2>cc.out || echo "# no static client"
cp "$RUN" "$(command -v busybox)" "$BUILD"/tests/bench/{client,server} "$BUILD/tests/apps/csm" root/bin/
[ ! -x "$BUILD/go-bench/static" ] || cp "$BUILD/go-bench/static" root/bin/go
cp "$E2E/ebpf_kernels_init" root/init
for lib in $(for p in root/bin/*; do ldd "$p" 2>/dev/null; done | grep -o '/[^ ]*' | sort -u); do
    mkdir -p "root${lib%/*}" && cp -L "$lib" "root$lib"
done
tls=$(cd root/bin && set -- client static go && for c; do [ ! -e "$c" ] || echo; done | wc -l)
cp "$LP_EMU_CA" root/ca.pem && cp "$BUILD"/tls/server.{pem,key} root/
(cd root && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >initrd

# start SERIES: its console is in a file. (Nice, as tests that look at the clock run beside this; for
# the same reason the kernel is not to judge its own timer.)
start() {
    timeout 900 nice -n 19 qemu-system-x86_64 -nodefaults -no-reboot -display none -machine q35 -accel tcg -cpu max -m 512 \
        -kernel "$BUILD/kernels/$1/vmlinuz" -initrd initrd -append "console=ttyS0 panic=-1 quiet no_timer_check" \
        -serial stdio </dev/null >"console.$1" 2>&1
}
known() { [ "$(cat "$BUILD/kernels/$1/good" 2>/dev/null)" = "$key $(sha256sum <"$BUILD/kernels/$1/vmlinuz")" ]; }
for series in 5.10 6.1 6.12 newest; do
    [ ! -s "$BUILD/kernels/$series/vmlinuz" ] || known "$series" || start "$series" &
done
wait

# try SERIES WAY: what it calls the way that is its best.
try() {
    local name="Linux $1: $2" console=console.$1 got good inner
    [ -s "$BUILD/kernels/$1/vmlinuz" ] || { skip "$name" "no such kernel here"; return; }
    ! known "$1" || { tap_result 0 "$name: as before, with the same programs"; return; }
    got=$(grep '^call: ' "$console" | tr -d '\r')
    inner=$(grep -c '^inner call: ' "$console")
    grep -q "^run: leastpriv: eBPF: $2.\?$" "$console" && [ "$(grep -v lp-in/plain <<<"$got" | grep -cE '"operation":"Get(Item|Object)"')" = $((tls * 20)) ] &&
        grep -q "^made: $((tls * 20)).\?$" "$console" && [ "$(grep -c lp-in/plain <<<"$got")" = 3 ] && ! grep -q '"gap"' <<<"$got" &&
        [ "$(grep -o '"operation":"V[46][A-Za-z]*"' <<<"$got" | sort -u | wc -l)" = 21 ] && [ "$inner" = "$(wc -l <<<"$got")" ]
    good=$?
    tap_result $good "$name: $tls clients over TLS, plain HTTP, datagrams"
    if [ $good = 0 ]; then
        echo "$key $(sha256sum <"$BUILD/kernels/$1/vmlinuz")" >"$BUILD/kernels/$1/good"
    else
        echo "# the inner one saw $inner calls"
        grep -v '^\(inner \)\?call:' "$console" | cut -c1-200 | sed 's/^/# /'
        grep -o '"operation":"[^"]*"' <<<"$got" | sort | uniq -c | sed 's/^/# /'
    fi
}
try 5.10 "perf uprobes without cookies, sockets by their system calls"
try 6.1 "perf uprobes, page faults allowed, sockets by their system calls"
try 6.12 "multi-uprobe links, page faults allowed"
try newest "uprobe sessions by process, page faults allowed"
done_testing
