#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # what stands in single quotes is for the shells of the command
#
# Go programs, which no preload can enter, seen by ptrace: the policy must be the shim's of the same calls
# (scenarios/curl-sigv4.json), and the programs must not notice.
. "$(dirname "$0")/lib.sh"

expected=$E2E/scenarios/curl-sigv4.json
use_way tls
cd "$WORK" || exit 1
if ! command -v go >/dev/null; then
    skip "the ptrace follower" "no go here"
    done_testing
    exit
fi
build() { (cd "$E2E/ebpf_go" && CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local go build -trimpath "$@" .); }
if ! { build -ldflags='-s -w' -o "$WORK/go-static" && build -buildmode=pie -ldflags='-s -w' -o "$WORK/go-pie"; } >go.out 2>&1; then
    skip "the ptrace follower" "$(tail -n 1 go.out)"
    done_testing
    exit
fi
emulator_reset
aws s3 mb s3://lp-in >setup.out 2>&1 && aws dynamodb create-table --table-name lp-table --billing-mode PAY_PER_REQUEST \
    --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH >>setup.out 2>&1
tap_result $? "setup"

lines() { grep -c '"service"' "$1" 2>/dev/null || true; }
follow() { timeout 120 "$RUN" --ebpf=off --strict -o got.json --calls calls.jsonl "$@" >out 2>err; }

# observe NAME command ...: the policy, of five calls.
observe() {
    local name=$1 status=0
    shift
    rm -f got.json calls.jsonl
    follow -- "$@" || status=$?
    [ "$status" = 0 ] && [ "$(lines calls.jsonl)" = 5 ]
    tap_result $? "$name: exit status, five calls"
    [ "$status" = 0 ] || tail -n 8 out err | sed 's/^/# /'
    same "$name: policy" "$expected" got.json
}
# count NAME CALLS command ...: as many calls as were made.
count() {
    local name=$1 calls=$2
    shift 2
    rm -f got.json calls.jsonl
    follow -- "$@" && [ "$(lines calls.jsonl)" = "$calls" ]
    tap_result $? "$name: $calls calls"
}

observe "Go, static and stripped" ./go-static
observe "Go, PIE and stripped" ./go-pie
observe "Go below a shell" sh -c './go-static; true'
observe "Go below Python, make and xargs" python -c 'import subprocess
subprocess.run(["sh", "-c", "echo ./go-static | xargs timeout 60 env"], check=True)'
count "64 goroutines" 640 ./go-static 64 10
count "40 programs at once" 40 sh -c 'for i in $(seq 10); do for k in 1 2 3 4; do ./go-static 1 1 & done; wait; done'
count "stopped and continued" 200 sh -c './go-static 4 50 & sleep 0.1; kill -STOP $!; sleep 0.1
    grep -q "State:.[Tt]" /proc/$!/status; kill -CONT $!; wait $!'
grep -q '"source":"ptrace"' calls.jsonl
tap_result $? "the call log says how they were seen"

status=0
timeout 60 "$RUN" --ebpf=off --ptrace=off --strict -o got.json -- ./go-static 1 1 >out 2>err || status=$?
[ "$status" = 3 ] && grep -q 'not followed: .*go-static' err
tap_result $? "--ptrace=off: reported as not followed"

for tool in strace gdb; do
    if ! command -v $tool >/dev/null; then
        skip "$tool traces" "no $tool here"
        continue
    fi
    case $tool in
    strace) timeout 60 "$RUN" --ebpf=off -o got.json -- strace -f -e trace=none ./go-static 1 1 >out 2>err ;;
    gdb) timeout 60 "$RUN" --ebpf=off -o got.json -- gdb -q -batch -ex run --args ./go-static 1 1 >out 2>err ;;
    esac
    status=$?
    [ "$tool" = strace ] || grep -q 'exited normally' out || status=1
    [ "$status" = 0 ] && grep -q 'not followed: .*go-static' err
    tap_result $? "$tool traces as ever, and what it traces is reported"
done

# A killed tracer takes the program with it: it could not go on with breakpoints in it.
"$RUN" --ebpf=off -q -o got.json -- ./go-static 1 5000 >out 2>err &
run=$!
for _ in $(seq 100); do go=$(pgrep -P "$run" go-static) && break; sleep 0.05; done
sleep 0.2
kill -KILL "$run"
for _ in $(seq 100); do [ -d "/proc/$go" ] || break; sleep 0.05; done
[ -n "$go" ] && [ ! -d "/proc/$go" ]
tap_result $? "a killed leastpriv-run leaves no program with breakpoints"

# One that outlives the run goes on, without them.
"$RUN" --ebpf=off -o got.json -- sh -c './go-static 4 100 >late 2>&1 && echo fine >>late & sleep 0.3' >out 2>err
for _ in $(seq 200); do [ -s late ] && break; sleep 0.05; done
grep -qx fine late
tap_result $? "a program that outlives leastpriv-run works on"
done_testing
