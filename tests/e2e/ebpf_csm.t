#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Monitoring datagrams by the eBPF probe alone: by every call that sends one, and 100,000 in a burst
# of 50 processes, of which as many must be in the call log as the receiver got.
. "$(dirname "$0")/lib.sh"

has_probe "the eBPF probe" || { done_testing; exit; }
cd "$WORK" || exit 1
cc -shared -o empty.so -x c /dev/null
export LEASTPRIV_LIB=$WORK/empty.so

# observe NAME command ...
observe() {
    local name=$1 status=0
    shift
    rm -f calls.jsonl
    timeout 120 "$RUN" --ebpf=on -v -o got.json --calls calls.jsonl -- "$@" >out 2>err || status=$?
    tap_result "$status" "$name: exit status"
    ! grep lost err | sed 's/^/# /' | grep .
    tap_result $? "$name: nothing lost"
}

# The app sends in 7 ways, to IPv4 and IPv6, and with a listener; each datagram names its way.
ways() {
    observe "$1" "$BUILD/tests/apps/csm"
    grep -o '"operation":"V[46][A-Za-z]*"' calls.jsonl | sort | uniq -c | awk '$1 == 1' >ways
    [ "$(wc -l <ways)" = 21 ]
    tap_result $? "$1: each of 21 ways to send, once"
    [ "$(wc -l <ways)" = 21 ] || sed 's/^/# /' ways
}
ways "port 31000"
AWS_CSM_PORT=31998 V_CSM=31998 ways "AWS_CSM_PORT"

export AWS_CSM_PORT=31997
observe "a burst" "$BUILD/tests/apps/csm_burst" "$AWS_CSM_PORT" 50 2000
n=$(grep -c '"operation":"GetObject"' calls.jsonl)
[ "$(cat out)" = 100000 ] && [ "$n" = 100000 ]
tap_result $? "100,000 datagrams of 50 processes received, and in the log"
[ "$n" = "$(cat out)" ] || echo "# received $(cat out), in the log $n"
done_testing
