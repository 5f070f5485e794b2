#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The eBPF probe loses nothing: what the server was sent is what the call log has, for programs that
# are short, many, forked, privileged, elsewhere or there before; and it leaves nothing behind.
#
# What stands in single quotes is for other shells:
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$E2E/ebpf_lib.sh"

has_probe "the eBPF probe" || { done_testing; exit; }

export CLIENT=$BUILD/tests/bench/client
cd "$WORK" && chmod 755 . || exit 1
alone

# equal NAME SENT LOG: as many calls in the log as the server was sent, which were SENT
equal() {
    local made recorded
    end_server
    made=$MADE
    recorded=$(grep -c '"operation":"GetItem"' "$3")
    [ "$made" = "$2" ] && [ "$recorded" = "$made" ]
    tap_result $? "$1: $2 calls"
    [ "$recorded" = "$made" ] || echo "# made $made, recorded $recorded"
    ! grep '"gap"' "$3" | cut -c1-300 | sed 's/^/# /' | grep .
    tap_result $? "$1: no gap"
}

# observe NAME CALLS command ...
observe() {
    local name=$1 calls=$2 status=0
    shift 2
    serve
    timeout 120 "$RUN" --ebpf="${ebpf:-on}" --strict -v -o got.json --calls calls.jsonl -- "$@" >out 2>err || status=$?
    tap_result "$status" "$name: exit status"
    equal "$name" "$calls" calls.jsonl
    [ "$status" = 0 ] || tail -n 8 out err | sed 's/^/# /'
}

order='echo "$0 $1" | exec "${2:-$CLIENT}" "$PORT" "$CA"'
observe "a program that ends with its last write" 20 sh -c "$order" quit 20
observe "a buffer that is filled anew and sent from further in" 20 sh -c "$order" anew 20
if python -c 'import ctypes; ctypes.CDLL("libgnutls.so.30")' 2>/dev/null; then
    observe "GnuTLS, head and body by themselves" 20 sh -c 'exec python "$0" "$PORT" 20' "$E2E/ebpf_gnutls.py"
    [ "$(grep -o 'table/t[0-9]*' calls.jsonl | sort -u | wc -l)" = 20 ]
    tap_result $? "GnuTLS: the table of each"
else
    skip "GnuTLS" "it is not installed"
fi
observe "200 forked children" 200 sh -c "$order" fork 200
observe "500 programs in a burst" 500 bash -c 'for i in $(seq 10); do
    for k in $(seq 50); do echo quit 1 | "$CLIENT" "$PORT" "$CA" & done; wait; done'

serve
timeout 120 "$RUN" --ebpf=on --strict -q -o got.json --calls calls.jsonl -- "$BUILD/venv/bin/python" \
    "$E2E/ebpf_uploads.py" "$PORT" "$CA" >out 2>err
status=$?
end_server
[ "$status $MADE $(grep -c '"status":200' calls.jsonl)" = "0 32 32" ]
tap_result $? "large bodies in every framing, with writes that are repeated: 32 calls and their answers"
[ "$status" = 0 ] || tail -n 8 out err | sed 's/^/# /'

serve
timeout 120 "$RUN" --ebpf=on --strict -q -o got.json --calls calls.jsonl -- "$BUILD/venv/bin/python" \
    "$E2E/ebpf_many.py" "$PORT" "$CA" 1500 >out 2>err
status=$?
end_server
[ "$status $MADE $(grep '"status":200' calls.jsonl | grep -o 'key-[0-9]*-[0-9]*' | sort -u | wc -l) $(
    grep -c '"operation"' calls.jsonl)" = "0 4500 4500 4500" ]
tap_result $? "1,500 connections at once: each of 4,500 calls, once, and its answer"
[ "$status" = 0 ] || tail -n 8 out err | sed 's/^/# /'

# What no preload can enter: without a dynamic loader or symbols, and setuid.
if cc -O1 -static -s -o static "$E2E/../bench/client.c" -lssl -lcrypto 2>cc.out; then
    observe "OpenSSL in a static and stripped program" 20 sh -c "$order" quit 20 ./static
    LEASTPRIV_LIB='' ebpf=auto observe "the same, the probe on demand" 20 sh -c "$order" quit 20 ./static
else
    skip "OpenSSL in a static program" "$(tail -n 1 cc.out)"
fi
if install -o 65534 -m 4755 "$CLIENT" setuid 2>/dev/null; then
    LEASTPRIV_LIB='' ebpf=auto observe "a setuid program" 20 sh -c "$order" quit 20 ./setuid
else
    skip "a setuid program" "only root can make one"
fi

# Elsewhere: mount and process namespaces of its own, where program and libraries are other files.
libraries() { ldd "$CLIENT" | awk '/libssl|libcrypto/ {print $3}' | xargs -I{} cp {} "$1"; }
mkdir -p there
if unshare --mount --pid --fork true 2>/dev/null; then
    export -f libraries
    observe "in a mount and a process namespace" 20 unshare --mount --pid --fork --mount-proc bash -ec '
        mount -t tmpfs none there && libraries there && cp "$CLIENT" there/client
        echo quit 20 | LD_LIBRARY_PATH=there there/client "$PORT" "$CA"'
else
    skip "in a mount and a process namespace" "no namespaces here"
fi

# A library is replaced: what has the old one goes on with it, what starts has the new one.
mkdir -p lib && libraries lib && mkfifo orders
observe "a library replaced meanwhile" 40 bash -ec 'export LD_LIBRARY_PATH=lib
    "$CLIENT" "$PORT" "$CA" <orders >first & exec 3>orders; echo aws 10 >&3; until [ -s first ]; do sleep 0.05; done
    for f in lib/*; do cp "$f" new; mv -f new "$f"; done
    echo quit 20 | "$CLIENT" "$PORT" "$CA"
    echo quit 10 >&3; exec 3>&-; wait'

# A whole host: a connection that is older than the collector, of which only what comes later counts.
serve
"$CLIENT" "$PORT" "$CA" <orders >first &
early=$!
exec {orders}>orders
echo aws 5 >&$orders
until [ -s first ]; do sleep 0.05; done
"${RUN%-run}-collector" --ebpf --no-udp --socket "$WORK/host.sock" -o host.json --calls host.jsonl >out 2>err &
collector=$!
until [ -S host.sock ]; do sleep 0.05; done
python3 "$E2E/bpf_left.py" list "$collector" >held
echo quit 20 >&$orders
exec {orders}>&-
wait "$early"
kill -TERM "$collector"
wait "$collector"
tap_result $? "a collector for the host ends well"
grep "\"pid\":$early," host.jsonl >early.jsonl
end_server
[ "$MADE" = 25 ] && [ "$(grep -c GetItem early.jsonl)" = 20 ]
tap_result $? "20 of 25 calls on a connection that is older than the collector"

# A whole host that is held at exec: a burst of programs that end at once, and nobody stays stopped.
serve
rm -f host.sock host.jsonl
"${RUN%-run}-collector" --ebpf --exec-gate --no-udp --socket "$WORK/host.sock" -o host.json --calls host.jsonl >out 2>err &
collector=$!
until [ -S host.sock ]; do sleep 0.05; done
bash -c 'for i in $(seq 10); do for k in $(seq 50); do echo quit 1 | "$CLIENT" "$PORT" "$CA" & done; wait; done'
kill -TERM "$collector"
wait "$collector"
grep "\"program\":\"$CLIENT\"" host.jsonl >gated.jsonl # others may use AWS meanwhile
equal "500 programs in a burst on a host, held at exec" 500 gated.jsonl

# With the two rights alone, what other users run cannot be looked into: said at the start, and counted.
mkdir -m 777 theirs
rights=-all,+bpf,+perfmon
for more in "" ,+sys_ptrace; do
    rm -f theirs/*
    serve
    # Its process is the one that the signal is for.
    setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="$rights$more" --ambient-caps="$rights$more" \
        --bounding-set="$rights$more" "${RUN%-run}-collector" --ebpf --no-udp --socket "$WORK/theirs/sock" \
        -o theirs/p.json --calls theirs/calls.jsonl >theirs/out 2>theirs/err &
    collector=$!
    for _ in $(seq 100); do [ -S theirs/sock ] && break; sleep 0.05; done
    if [ ! -S theirs/sock ]; then
        skip "rights over programs of other users" "$(tail -n 1 theirs/err)"
        kill "$collector" 2>/dev/null
        end_server
        break
    fi
    printf 'aws 5\nquit 1\n' >theirs/orders
    "$CLIENT" "$PORT" "$CA" <theirs/orders >/dev/null &
    client=$!
    wait "$client"
    kill -TERM "$collector"
    wait "$collector"
    end_server
    # By its pid: it may have ended before anybody could look what it is.
    grep "\"pid\":$client,.*GetItem" theirs/calls.jsonl >theirs/of-client
    recorded=$(grep -c . theirs/of-client)
    ! grep -vE "\"program\":(null|\"$CLIENT\")" theirs/of-client | cut -c1-300 | sed 's/^/# /' | grep .
    named=$?
    if [ "$more" ]; then
        [ "$MADE $recorded $named" = "6 6 0" ] && ! grep -q "programs is not seen" theirs/err
        tap_result $? "with CAP_SYS_PTRACE, calls of other users' programs"
    else
        [ "$MADE $recorded" = "6 0" ] && grep -q "other users' programs is not seen: that takes CAP_SYS_PTRACE" theirs/err &&
            grep -q 'not followed: programs of other users (no right' theirs/err &&
            grep -q '"gap":{"program":"programs of other users"' theirs/calls.jsonl
        tap_result $? "without, they are missed, and that is said"
    fi
    [ "$recorded" != "$([ "$more" ] && echo 6 || echo 0)" ] && tail -n 5 theirs/err | cut -c1-200 | sed 's/^/# /'
done

# Nothing stays in the kernel, and nobody stopped, however it ends.
left() {
    grep -q prog held && grep -q map held && grep -q link held && python3 "$E2E/bpf_left.py" gone <held
    tap_result $? "$1: no program, map or link stays"
}
left "ended by SIGTERM"
for signal in KILL SEGV; do
    rm -f busy.done busy.pids
    "$RUN" --ebpf=on -q -o got.json -- bash -c 'for i in $(seq 300); do
        sh -c "echo \$\$; exec true"; done >busy.pids; : >busy.done' 2>err &
    run=$!
    until [ -s busy.pids ]; do sleep 0.01; done
    python3 "$E2E/bpf_left.py" list "$run" >held
    kill -"$signal" "$run"
    wait "$run" 2>/dev/null
    timeout 30 sh -c 'until [ -e busy.done ]; do sleep 0.05; done'
    tap_result $? "ended by SIG$signal: its processes go on"
    left "ended by SIG$signal"
done
rm -f host.sock busy.done
"${RUN%-run}-collector" --ebpf --exec-gate --no-udp --socket "$WORK/host.sock" -o host.json >out 2>err &
collector=$!
until [ -S host.sock ]; do sleep 0.05; done
bash -c 'for i in $(seq 10); do for k in $(seq 30); do /bin/true & done; wait; done; : >busy.done' &
sleep 0.3
kill -KILL "$collector"
wait "$collector" 2>/dev/null
timeout 30 sh -c 'until [ -e busy.done ]; do sleep 0.05; done'
tap_result $? "a host's gate ended by SIGKILL: its processes go on"
done_testing
