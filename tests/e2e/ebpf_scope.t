#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A process that is not in scope has no breakpoints in the libraries that it shares with those that
# are; and as soon as these are too many for probes of their own, nothing of theirs is lost or doubled.
#
# What stands in single quotes is for other shells:
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$E2E/ebpf_lib.sh"
has_probe "the eBPF probe" || { done_testing; exit; }
cd "$WORK" && chmod 755 . || exit 1
alone
export CLIENT=$BUILD/tests/bench/client GO=$BUILD/go-bench/static
if ! "$RUN" --ebpf=on -v -o got.json -- true 2>&1 | grep -q 'eBPF: uprobe sessions by process'; then
    skip "probes of one process" "this kernel has none"
    done_testing
    exit
fi

# observe NAME CALLS command ...: as many as were made, each once.
observe() {
    local name=$1 calls=$2 status=0
    shift 2
    serve
    timeout 120 "$RUN" --ebpf=on --strict -v -o got.json --calls calls.jsonl -- "$@" >out 2>err || status=$?
    end_server
    local recorded
    recorded=$(grep -cE '"operation":"Get(Item|Object)"' calls.jsonl)
    [ "$status $MADE $recorded" = "0 $calls $calls" ]
    tap_result $? "$name: $calls calls"
    [ "$status $MADE $recorded" = "0 $calls $calls" ] || { echo "# status $status, made $MADE, recorded $recorded"; tail -n 8 out err | sed 's/^/# /'; }
}

order='printf "$0" | exec "$CLIENT" "$PORT" "$CA"'
observe "a process and its threads" 28 sh -c "$order" 'aws 5\nthread 20\nquit 3\n'
observe "children by fork, before and after them the parent" 48 sh -c "$order" 'aws 5\nfork 40\nquit 3\n'
observe "children in the parent's memory" 18 sh -c "$order" 'aws 5\nshare 10\nquit 3\n'
observe "another program, run by another thread" 25 sh -c "$order" 'aws 5\nexec 20\n'
observe "the same after children by fork" 45 sh -c "$order" 'aws 5\nfork 20\nexec 20\n'
if [ -x "$GO" ]; then
    observe "Go, run anew by another thread" 25 sh -c 'printf "aws 5\nexec 20\n" | exec "$GO" "$PORT" "$CA"'
else
    skip "Go" "no Go here"
fi
observe "a server and its workers by fork, and all that once more after exec" 122 \
    sh -c 'exec python "$E2E/ebpf_prefork.py" "$PORT" "$CA" again'

# One after the other, more than there is room for at once; and more than that at once.
observe "one process after the other" 120 sh -c '
    for i in $(seq 40); do printf "aws 2\nquit 1\n" | "$CLIENT" "$PORT" "$CA" || exit; done'
mkfifo start
observe "a crowd of processes" 240 sh -c '
    exec 9<>start
    for i in $(seq 40); do { echo aws 2; read -r _ <&9; printf "aws 3\nquit 1\n"; } | "$CLIENT" "$PORT" "$CA" >out.$i & done
    for i in $(seq 40); do until [ -s out.$i ]; do sleep 0.05; done; done
    for i in $(seq 40); do echo >&9; done
    wait'
# Two of them outside, one that was there before and one that came later, and one inside; then another.
serve
mkfifo before after inside second
"$CLIENT" "$PORT" "$CA" <before >before.out &
outside=$!
exec {before}>before
echo aws 5 >&$before
until [ -s before.out ]; do sleep 0.05; done
timeout 120 "$RUN" --ebpf=on --strict -v -o got.json --calls calls.jsonl -- sh -c '
    "$CLIENT" "$PORT" "$CA" <inside >inside.out & echo $! >inside.pid
    read -r _ <second; echo quit 7 | "$CLIENT" "$PORT" "$CA"; : >second.done; wait' >out 2>err &
run=$!
exec {inside}>inside {second}>second
echo aws 5 >&$inside
until [ -s inside.out ]; do sleep 0.05; done
"$CLIENT" "$PORT" "$CA" <after >after.out &
later=$!
exec {after}>after
echo aws 5 >&$after
until [ -s after.out ]; do sleep 0.05; done
text() { python3 "$E2E/ebpf_text.py" "$1" libssl; }
[ "$(text "$(cat inside.pid)")" -gt 0 ] && [ "$(text "$outside") $(text "$later")" = "0 0" ]
tap_result $? "breakpoints are in the process in scope, and in no other"
echo >&$second
until [ -e second.done ]; do sleep 0.05; done
[ "$(text "$outside") $(text "$later")" = "0 0" ]
tap_result $? "nor after a second process in scope"
echo quit 5 >&$inside
exec {inside}>&- {second}>&- {before}>&- {after}>&-
wait "$run"
status=$?
wait "$outside" "$later"
end_server
[ "$status $MADE $(grep -c '"operation":"GetItem"' calls.jsonl)" = "0 27 17" ]
tap_result $? "17 calls of two in scope, none of the 10 of two outside"
[ "$(grep '"operation":"GetItem"' calls.jsonl | grep -c '"status":200')" = 15 ]
tap_result $? "with the answers of all but the last of each, which did not wait for it"

# A process that runs already, with its threads and children; held at exec or not, nobody else pays.
mkfifo far
for gate in "" --exec-gate; do
    serve
    "$CLIENT" "$PORT" "$CA" <before >before.out &
    early=$!
    "$CLIENT" "$PORT" "$CA" <far >far.out &
    outside=$!
    exec {before}>before {far}>far
    echo aws 5 >&$before
    echo aws 5 >&$far
    until [ -s before.out ] && [ -s far.out ]; do sleep 0.05; done
    rm -f host.sock host.jsonl
    "${RUN%-run}-collector" --pid "$early" $gate --no-udp --socket "$WORK/host.sock" -o host.json --calls host.jsonl >out 2>err &
    collector=$!
    until [ -S host.sock ]; do sleep 0.05; done
    printf 'aws 5\nthread 5\nfork 20\naws 5\n' >&$before
    until [ "$(wc -l <before.out)" -ge 5 ]; do sleep 0.05; done
    [ "$(text "$early")" -gt 0 ] && [ "$(text "$outside")" = 0 ]
    tap_result $? "--pid $gate: breakpoints are in that process, and in no other"
    [ "$gate" ] && order="exec 5" calls=40 || order="quit 1" calls=36
    echo "$order" >&$before
    echo quit 1 >&$far
    exec {before}>&- {far}>&-
    wait "$early" "$outside"
    kill -TERM "$collector"
    wait "$collector"
    end_server
    [ "$MADE $(grep -c '"operation":"GetItem"' host.jsonl)" = "$((calls + 11)) $calls" ]
    tap_result $? "$calls calls of a process that is older than the collector, and of its children"
done

# A collector that ends before the process that it was started for.
serve
"$CLIENT" "$PORT" "$CA" <before >before.out &
early=$!
exec {before}>before
echo aws 5 >&$before
until [ -s before.out ]; do sleep 0.05; done
rm -f host.sock host.jsonl
"${RUN%-run}-collector" --pid "$early" --no-udp --socket "$WORK/host.sock" -o host.json --calls host.jsonl >out 2>err &
collector=$!
until [ -S host.sock ]; do sleep 0.05; done
echo aws 5 >&$before
until [ "$(wc -l <before.out)" -ge 2 ]; do sleep 0.05; done
kill -TERM "$collector"
wait "$collector"
echo quit 1 >&$before
exec {before}>&-
wait "$early"
end_server
check "a process that goes on was followed" grep -F '1 process followed, 0 not' err

# Nobody stays stopped when the collector is killed among children by fork.
serve
printf 'aws 5\nfork 200\nquit 1\n' >orders
"$RUN" --ebpf=on -q -o got.json -- sh -c '"$CLIENT" "$PORT" "$CA" <orders >forked.out; : >forked.done' 2>err &
run=$!
until [ -s forked.out ]; do sleep 0.01; done
kill -KILL "$run"
wait "$run" 2>/dev/null
timeout 30 sh -c 'until [ -e forked.done ]; do sleep 0.05; done'
tap_result $? "killed while children are held: they go on"
end_server
done_testing
