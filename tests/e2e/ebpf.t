#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # what stands in single quotes is for the shells of the command
#
# What no preload can enter, seen by the eBPF probe: the same five calls from Go, Node, Python and curl
# must leave the policy that the shim leaves of them (scenarios/curl-sigv4.json), once.
. "$(dirname "$0")/lib.sh"

has_probe "the eBPF probe" || { done_testing; exit; }

expected=$E2E/scenarios/curl-sigv4.json
use_way tls
export NODE_EXTRA_CA_CERTS=$LP_EMU_CA
cd "$WORK" || exit 1

emulator_reset
if ! { aws s3 mb s3://lp-in && aws dynamodb create-table --table-name lp-table \
    --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S \
    --key-schema AttributeName=id,KeyType=HASH; } >setup.out 2>&1; then
    tap_result 1 "setup"
    sed 's/^/# /' setup.out
    done_testing
    exit 1
fi

lines() { grep -c '"service"' "$1" 2>/dev/null || true; }

# observe NAME CALLS [option ...] -- command ...: one policy, as expected, of as many calls.
observe() {
    local name=$1 calls=$2 status=0 n
    shift 2
    rm -f got.json calls.jsonl
    timeout 120 "$RUN" --ebpf="${ebpf:-on}" -v -o got.json --calls calls.jsonl "$@" >out 2>err || status=$?
    tap_result "$status" "$name: exit status"
    [ "$status" = 0 ] || sed 's/^/# /' out err | tail -n 20
    same "$name: policy" "$expected" got.json
    n=$(calls calls.jsonl)
    [ "$n" = "$calls" ]
    tap_result $? "$name: $calls calls in the log"
    [ "$n" = "$calls" ] || { echo "# not $n"; cut -c1-200 calls.jsonl | sed 's/^/# /'; tail -n 8 err | sed 's/^/# /'; }
    ! grep '"gap"' calls.jsonl | cut -c1-200 | sed 's/^/# /' | grep .
    tap_result $? "$name: no gap"
}

calls() { grep -vc '"gap"' "$1"; }

# count NAME CALLS command ...: as many calls as were made.
count() {
    local name=$1 calls=$2 n
    shift 2
    rm -f got.json calls.jsonl
    timeout 120 "$RUN" --ebpf=on -o got.json --calls calls.jsonl -- "$@" >out 2>err
    n=$(lines calls.jsonl)
    [ "$n" = "$calls" ]
    tap_result $? "$name: $calls calls in the log"
    [ "$n" = "$calls" ] || { echo "# not $n"; tail -n 8 out err | sed 's/^/# /'; }
}

# A library with nothing in it, where the probe shall be alone.
alone() { LEASTPRIV_LIB=$WORK/empty.so observe "$@"; }
cc -shared -o empty.so -x c /dev/null

# So many at once that the probe's records are there before the collector has heard of the shims.
count "curl, by the shim, 40 at a time" 60 sh -c 'seq 60 | xargs -P 40 -I{} curl -s -o /dev/null \
    --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$LP_EMU_TLS/lp-in/a"'

# A return probe of the kernel's stands between GnuTLS and the shim from the second program on.
if command -v wget >/dev/null; then
    url="$LP_EMU_TLS/lp-in/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60"
    url+="&X-Amz-Credential=$AWS_ACCESS_KEY_ID%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    count "GnuTLS, by the shim, in the probe's sight" 3 sh -c 'for i in 1 2 3; do
        wget -q -O /dev/null --ca-certificate="$LP_EMU_CA" "$0"; done' "$url&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
else
    skip "GnuTLS, by the shim, in the probe's sight" "no wget"
fi

if command -v go >/dev/null && (cd "$E2E/ebpf_go" && CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local \
    go build -trimpath -ldflags='-s -w' -o "$WORK/go-static" . && CGO_ENABLED=0 GOFLAGS=-mod=mod \
    GOTOOLCHAIN=local go build -trimpath -buildmode=pie -ldflags='-s -w' -o "$WORK/go-pie" .) >go.out 2>&1; then
    observe "Go, static and stripped" 5 -- ./go-static
    observe "Go, PIE and stripped" 5 -- ./go-pie
    count "Go, 8 goroutines" 400 ./go-static 8 50
    count "Go, 40 programs of one call" 40 \
        sh -c 'for i in $(seq 10); do for k in 1 2 3 4; do ./go-static 1 1 & done; wait; done'

    # By itself the probe starts when there is a program that it is needed for.
    ebpf=auto observe "Go, the probe on demand" 5 -- ./go-static
    ebpf=auto observe "Go below a shell and Python, the probe on demand" 5 -- \
        python -c 'import subprocess; subprocess.run(["sh", "-c", "./go-static"], check=True)'

    # Without the probe the same program is a gap, and --strict says so.
    status=0
    "$RUN" --ebpf=off --ptrace=off --strict -o got.json -- ./go-static >out 2>err || status=$?
    [ "$status" = 3 ] && grep -q 'not followed: .*go-static' err
    tap_result $? "Go without the probe is reported as not followed"
else
    skip "Go" "$(tail -n 1 go.out 2>/dev/null | grep . || echo 'no go here')"
fi
for how in '' within half; do
    if [ -x "$BUILD/go-fork/copy" ]; then
        count "a copy of Go's crypto/tls, ${how:-alone}" 5 "$BUILD/go-fork/copy" ${how:+"$how"}
        [ "$(grep -c '"status":200' calls.jsonl)" = 5 ]
        tap_result $? "a copy of Go's crypto/tls, ${how:-alone}: and their answers"
    else
        skip "a copy of Go's crypto/tls, ${how:-alone}" "no $BUILD/go-fork"
    fi
done

if command -v node >/dev/null; then
    observe "Node" 5 -- node "$E2E/ebpf_node.js"
    # The shim's swapped tables lead it in, whatever the probe has put there.
    grep -q 'eBPF: 0 bytes' err
    tap_result $? "Node, what the shim sees is left to it"
    ebpf=auto observe "Node below a shell, no probe needed" 5 -- sh -c "node $E2E/ebpf_node.js; true"
    ! grep -q eBPF err
    tap_result $? "Node, no probe started"
    alone "Node, by the probe alone" 5 -- node "$E2E/ebpf_node.js"
else
    skip "Node" "no node here"
fi

observe "boto3, by shim and probe" 5 -- python "$E2E/ebpf_python.py"
ebpf=auto observe "boto3, no probe needed" 5 -- sh -c "python $E2E/ebpf_python.py"
! grep -q eBPF err
tap_result $? "boto3, no probe started"
alone "boto3, by the probe alone" 5 -- python "$E2E/ebpf_python.py"
alone "curl, by the probe alone" 5 -- bash -ec '. "$0"; client' "$E2E/scenarios/curl-sigv4.sh"

# The probe would be the end of what valgrind translates, and nobody needs it there.
if command -v valgrind >/dev/null; then
    "$RUN" -v -o got.json -- valgrind -q true >out 2>err
    ! grep -q 'eBPF\|not followed:' err
    tap_result $? "valgrind, no probe started"
else
    skip "valgrind" "not installed"
fi

# A whole host: a program that runs already when the collector comes, and one that starts later.
mkfifo go
python -c 'import boto3, sys
client = boto3.client("dynamodb")
open("go").readline()
client.get_item(TableName="lp-table", Key={"id": {"S": "1"}})' &
early=$!
until grep -q libssl "/proc/$early/maps" 2>/dev/null; do sleep 0.1; done
"${RUN%-run}-collector" --ebpf --exec-gate --no-udp --socket "$WORK/host.sock" -o host.json \
    --calls host.jsonl >out 2>err &
collector=$!
for _ in $(seq 100); do [ -S host.sock ] && break; sleep 0.1; done
echo >go
wait "$early"
python "$E2E/ebpf_python.py" &
later=$!
wait "$later"
# Its breakpoints are in the programs: to another collector they are no part of the files.
if command -v node >/dev/null; then
    node -e 0
    alone "Node, by the probe beside another's" 5 -- node "$E2E/ebpf_node.js"
fi
kill -TERM "$collector"
wait "$collector"
tap_result $? "a collector for the host ends well"
grep "\"pid\":$early," host.jsonl | grep -q GetItem
tap_result $? "it saw a program that ran before it"
# Others may use AWS on this host meanwhile.
grep "\"pid\":\($early\|$later\)," host.jsonl >ours.jsonl
"${RUN%-run}" policy -o ours.json ours.jsonl 2>err
same "it saw one that started later: policy" "$expected" ours.json
[ "$(calls ours.jsonl)" = 6 ]
tap_result $? "6 calls of both in its log"

# Plain HTTP, without a shim; and of two programs the one in the control group, also by container id.
signed() { LEASTPRIV_LIB=$WORK/empty.so curl -s -o /dev/null --aws-sigv4 aws:amz:us-east-1:s3 \
    --user "$AWS_ACCESS_KEY_ID:x" "$LP_EMU_HTTP/lp-in/$1"; }
export -f signed
LEASTPRIV_LIB=$WORK/empty.so "$RUN" --ebpf=on -q -o got.json --calls calls.jsonl -- bash -c 'signed plain; true'
grep -q 'lp-in/plain' calls.jsonl
tap_result $? "plain HTTP by the probe alone"
LEASTPRIV_LIB=$WORK/empty.so "$RUN" --ebpf=on --strict -q -o got.json --calls calls.jsonl -- python "$E2E/ebpf_peek.py"
[ "$?$(grep -o '"status":[0-9]*' calls.jsonl | tr -dc '0-9\n' | tr '\n' ' ')" = "0200 404 403 200 204 " ]
tap_result $? "answers that are looked at before they are read; a socket that carried TLS before"
for url in "$LP_EMU_TLS" "$LP_EMU_HTTP"; do
    LEASTPRIV_LIB=$WORK/empty.so "$RUN" --ebpf=on --strict -q -o got.json --calls calls.jsonl -- python "$E2E/ebpf_pieces.py" "$url"
    [ "$? $(calls calls.jsonl)" = "0 3" ]
    tap_result $? "heads that are written in pieces, ${url%%:*}"
done
LEASTPRIV_LIB=$WORK/empty.so "$RUN" --ebpf=on --strict -q -o got.json --calls calls.jsonl -- \
    python "$E2E/ebpf_refused.py" "$BUILD/tls/server.pem" "$BUILD/tls/server.key" >out 2>&1
[ "$?$(grep -o '"status":[0-9]*' calls.jsonl | tr -dc '0-9\n' | tr '\n' ' ')" = "0200 200 200 200 " ]
tap_result $? "requests that a full socket refuses at first are counted once: $(cat out)"
# Messages of other protocols.
start_sink
LEASTPRIV_LIB=$WORK/empty.so "$RUN" --ebpf=on -q -o got.json --calls calls.jsonl -- python "$E2E/ebpf_logins.py" "$LP_SINK" >out 2>&1
[ "$(sed -n 's/.*"actions":\[{"action":"\([^"]*\)".*/\1/p' calls.jsonl | tr '\n' ' ')" = \
    'rds-db:connect rds-db:connect elasticache:Connect kafka-cluster:Connect cassandra:Select '"$(printf 'ses:SendRawEmail %.0s' 1 2 3 4)" ]
tap_result $? "logins of IAM within other protocols"
v2=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
id=$(printf '%032x' $$)
group=$v2/libpod-$id.scope
monitor=$v2/libpod-conmon-$id.scope # podman's, which is older, and not in the container
if [ -n "$v2" ] && mkdir "$group" "$monitor" 2>/dev/null; then
    sleep 60 &
    waits=$!
    echo "$waits" >"$monitor/cgroup.procs"
    for scope in "--cgroup=$group" "--container=$id"; do
        sleep 60 &
        inside=$!
        echo "$inside" >"$group/cgroup.procs"
        rm -f host.sock host.jsonl
        "${RUN%-run}-collector" "$scope" --no-udp --socket "$WORK/host.sock" -o host.json --calls host.jsonl >out 2>err &
        collector=$!
        for _ in $(seq 100); do [ -S host.sock ] && break; sleep 0.1; done
        bash -c 'echo $$ >"$0/cgroup.procs"; signed inside; true' "$group"
        signed outside
        # As the container is started anew.
        kill "$inside"
        wait "$inside" 2>/dev/null
        rmdir "$group" && mkdir "$group"
        bash -c 'echo $$ >"$0/cgroup.procs"; sleep 0.5; signed renewed; true' "$group"
        kill -TERM "$collector"
        wait "$collector"
        grep -q lp-in/inside host.jsonl && ! grep -q lp-in/outside host.jsonl
        tap_result $? "only what is in scope: ${scope%%=*}"
        grep -q lp-in/renewed host.jsonl
        tap_result $? "and what is in the group of that name that took its place: ${scope%%=*}"
    done
    kill "$waits"
    wait "$waits" 2>/dev/null
    rmdir "$group" "$monitor"
else
    skip "scope by control group" "no control groups of version 2 to write to here"
fi

# The command's own ways are left alone: its status, and a stop that is meant.
"$RUN" --ebpf=on -q -o got.json -- sh -c 'exit 7'
[ $? = 7 ]
tap_result $? "exit status of the command"
"$RUN" --ebpf=on -q -o got.json -- sh -c 'kill -TERM $$'
[ $? = 143 ]
tap_result $? "exit status of a signal"
# The gate's own stop, at exec, is over once the program has written its file.
timeout 60 "$RUN" --ebpf=on -q -o got.json -- sh -c 'sh -c ": >stopping; kill -STOP \$\$; exit 5" & pid=$!
    until [ -e stopping ] && grep -q "State:.T" /proc/$pid/status; do sleep 0.05; done
    kill -CONT $pid; wait $pid'
[ $? = 5 ]
tap_result $? "a process that stops itself is stopped, and goes on"
if command -v script >/dev/null; then
    # An interactive shell must not take the probe's stops for the user's.
    timeout 60 script -qec "$RUN --ebpf=on -q -o got.json -- bash --norc -ic '/bin/true; /bin/echo fine-\$?'" \
        /dev/null >out 2>&1 </dev/null
    grep -q fine-0 out && ! grep -qi stopped out
    tap_result $? "jobs of an interactive shell are not stopped"
else
    skip "jobs of an interactive shell" "no script(1) here"
fi
# Nor may who stops with its child, and would wait for ever.
for with in 'runuser -u nobody --' 'su nobody -s /bin/sh -c' "nsenter -t $$ -p --" 'script -qec'; do
    if command -v "${with%% *}" >/dev/null && [ "$(id -u)" = 0 ]; then
        # shellcheck disable=SC2086
        timeout 60 "$RUN" --ebpf=on -q -o got.json -- $with /bin/true /dev/null </dev/null
        tap_result $? "${with%% *} is not stopped by its child's stop"
    else
        skip "${with%% *} is not stopped by its child's stop" "none here, or not root"
    fi
done
# A debugger would show the stop, or that it is over, and wait for a word from its user.
if command -v gdb >/dev/null; then
    timeout 60 "$RUN" --ebpf=on -q -o got.json -- gdb -nx -batch -ex run --args /bin/true >out 2>&1 </dev/null
    grep -q 'exited normally' out && ! grep -q 'received signal' out
    tap_result $? "gdb sees no stop of the program that it runs"
else
    skip "gdb sees no stop of the program that it runs" "not installed"
fi

if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ] && [ -x go-static ]; then
    status=0
    chmod 711 "$WORK"
    setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all \
        "$RUN" --ptrace=off -o - -- ./go-static 1 1 >out 2>err || status=$?
    [ "$status" = 0 ] && grep -q 'no eBPF: no CAP_BPF' err && grep -q 'not followed: .*go-static' err
    tap_result $? "without rights the run goes on and says what is missing"
    [ "$status" = 0 ] || tail -n 8 err | sed 's/^/# /'
fi
# Others' may be there.
keepers() { for pid in $(pgrep -x leastpriv-keep); do grep -zs "^WORK=$WORK\$" "/proc/$pid/environ"; done | grep -q .; }
for _ in $(seq 20); do keepers && sleep 0.1; done
! keepers
tap_result $? "nothing is left behind"
done_testing
