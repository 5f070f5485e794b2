#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Two probes that hold the same programs at exec, a host's and a command's: neither lets go what the
# other one is not done with.
#
# What stands in single quotes is for other shells:
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$E2E/ebpf_lib.sh"

has_probe "the eBPF probe" || { done_testing; exit; }

export CLIENT=$BUILD/tests/bench/client
cd "$WORK" && chmod 755 . || exit 1
alone
cc -O1 -static -s -o static "$E2E/../bench/client.c" -lssl -lcrypto 2>cc.out ||
    { skip "two gates" "$(tail -n 1 cc.out)"; done_testing; exit; }

# A shell and what it starts, held by a collector.
mkfifo orders
start() {
    rm -f host.sock host.jsonl started
    sh <orders >out 2>err &
    tree=$!
    exec {orders}>orders
    "${RUN%-run}-collector" --pid "$tree" --exec-gate --no-udp --socket "$WORK/host.sock" -o host.json --calls host.jsonl >host.out 2>&1 {orders}>&- &
    collector=$!
    until [ -S host.sock ]; do sleep 0.05; done
}

# And by a second one: order COMMAND
order() { printf "timeout 60 '%s' --ebpf=on -q -o got.json --calls calls.jsonl -- sh -c '%s'\n" "$RUN" "$1" >&$orders; }

# equal NAME CALLS: as many were sent, and each of both logs has as many.
equal() {
    local got
    exec {orders}>&-
    wait "$tree"
    kill -TERM "$collector"
    wait "$collector"
    end_server
    got="$MADE $(for log in calls.jsonl host.jsonl; do grep -c '"operation":"GetItem"' "$log"; done | paste -sd ' ')"
    [ "$got" = "$2 $2 $2" ]
    tap_result $? "$1: $2 calls in both logs"
    [ "$got" = "$2 $2 $2" ] || { echo "# made, seen by the command's and by the other: $got"; tail -n 8 err host.out | sed 's/^/# /'; }
}

# One is kept from its work for a while, in which the other one gets ready.
serve
start
cp static slow
mkfifo go
order 'echo "$PPID" >started; read -r _ <go; echo quit 5 | ./slow "$PORT" "$CA"'
until [ -s started ]; do sleep 0.05; done
kill -STOP "$(cat started)"
echo >go
sleep 1
kill -CONT "$(cat started)"
equal "one gate is slower than the other" 5

# What is noted of a process ends with it, also where it ended before it was noted. Another process has
# its number one day.
serve
start
order 'for i in $(seq 50); do for k in $(seq 10); do /bin/true & done; wait; done; : >ended'
timeout 60 sh -c 'until [ -e ended ]; do sleep 0.05; done'
notes() { for map in stopped continued; do python3 "$E2E/bpf_left.py" entries "$collector" "$map"; done | paste -sd ' '; }
for _ in $(seq 20); do
    left=$(notes)
    [ "$left" != "0 0" ] || break
    sleep 0.2
done
[ "$left" = "0 0" ]
tap_result $? "no notes stay of 500 programs that ended"
[ "$left" = "0 0" ] || echo "# stopped, continued: $left"
equal "none of them" 0

# Each program is a file of its own, so that both are busy.
serve
start
order 'for i in $(seq 20); do
    for k in 1 2 3 4; do { cp static s.$i.$k; echo quit 1 | ./s.$i.$k "$PORT" "$CA"; } & done; wait; rm -f s.*; done'
equal "80 programs of one call" 80

# Nobody waits for a collector that is stopped itself, as by Ctrl-Z: of a whole host nobody else could be.
v2=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
group=$v2/leastpriv-$$
if [ -n "$v2" ] && mkdir "$group" 2>/dev/null; then
    rm -f host.sock ended
    sh <orders >out 2>err {orders}>&- &
    tree=$!
    exec {orders}>orders
    "${RUN%-run}-collector" --cgroup="$group" --exec-gate --no-udp --socket "$WORK/host.sock" -o host.json >host.out 2>&1 {orders}>&- &
    collector=$!
    until [ -S host.sock ]; do sleep 0.05; done
    echo "$tree" >"$group/cgroup.procs"
    kill -STOP "$collector"
    echo '/bin/true; /bin/true; : >ended' >&$orders
    timeout 20 sh -c 'until [ -e ended ]; do sleep 0.05; done'
    tap_result $? "a stopped collector holds nobody"
    kill -CONT "$collector"
    exec {orders}>&-
    wait "$tree"
    kill -TERM "$collector"
    wait "$collector"
    rmdir "$group"
else
    skip "a stopped collector holds nobody" "no control groups of version 2 to write to here"
fi
done_testing
