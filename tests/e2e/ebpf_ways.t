#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The probe as older kernels would have it: each way of loading and attaching that ebpf/probe_load.c knows
# sees the same calls, of OpenSSL in a library and in a program, of Go, plain HTTP, and monitoring
# datagrams, as many as were made.
#
# What stands in single quotes is for other shells:
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$E2E/ebpf_lib.sh"
has_probe "the eBPF probe" || { done_testing; exit; }
cd "$WORK" && chmod 755 . || exit 1
alone

export CLIENT=$BUILD/tests/bench/client CSM=$BUILD/tests/apps/csm GO=$BUILD/go-bench/static
cc -O1 -static -s -o static "$E2E/../bench/client.c" -lssl -lcrypto 2>cc.out || cp "$CLIENT" static
[ -x "$GO" ] || { echo "# no Go here"; GO=; }

calls='echo quit 20 | "$CLIENT" "$PORT" "$CA"; echo quit 20 | ./static "$PORT" "$CA"
[ -z "$GO" ] || echo aws 20 | "$GO" "$PORT" "$CA"
"$CSM"
for i in 1 2 3; do
    curl -s -o got.$i --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:x" "$LP_EMU_HTTP/lp-in/plain"
done'

way=0
# try NAME PLAIN: the next way, which calls itself NAME; whether it sees what goes without TLS.
try() {
    local tls plain datagrams
    serve
    rm -f calls.jsonl
    LEASTPRIV_EBPF_WAY=$way timeout 120 "$RUN" --ebpf=on -v -o got.json --calls calls.jsonl -- bash -c "$calls" >out 2>err
    end_server
    tls=$(grep -v lp-in/plain calls.jsonl | grep -cE '"operation":"Get(Item|Object)"')
    plain=$(grep -c lp-in/plain calls.jsonl)
    datagrams=$(grep -o '"operation":"V[46][A-Za-z]*"' calls.jsonl | sort -u | wc -l)
    grep -q "eBPF: $1\$" err && [ "$MADE" = "$tls" ] && [ "$tls" -ge 40 ]
    tap_result $? "$1: $MADE calls over TLS"
    if [ "$2" = yes ]; then
        [ "$plain" = 3 ] && [ "$datagrams" = 21 ]
        tap_result $? "$1: 3 of plain HTTP, 21 datagrams"
    else
        [ "$plain$datagrams" = 00 ] && grep -q 'plain HTTP and monitoring datagrams are not seen' err
        tap_result $? "$1: says what is not seen"
    fi
    ! grep '"gap"' calls.jsonl | cut -c1-200 | sed 's/^/# /' | grep .
    tap_result $? "$1: no gap"
    [ "$MADE/$plain/$datagrams" = "$tls/3/21" ] || echo "# made $MADE; seen $tls over TLS, $plain plain, $datagrams datagrams"
    way=$((way + 1))
}

for name in "uprobe sessions by process, page faults allowed" "uprobe sessions, page faults allowed" \
    "multi-uprobe links, page faults allowed" "perf uprobes, page faults allowed" "perf uprobes" "perf uprobes without cookies"; do
    try "$name" yes                                # by the sockets' tracepoints
    try "$name, sockets by their system calls" yes # as before 6.3
    [ "$way" -lt 17 ] || try "$name, no plain sockets" no
    way=$(((way + 2) / 3 * 3))
done
done_testing
