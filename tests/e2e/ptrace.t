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
# What scripts/bootstrap.sh built, with the newest Go unless said otherwise.
mapfile -t toolchains < <(cd "$BUILD/go" 2>/dev/null && printf '%s\n' */.key | sed -n 's,^\([0-9].*\)/.*,\1,p' | sort -V)
if [ ${#toolchains[@]} = 0 ]; then
    skip "the ptrace follower" "no Go programs in $BUILD/go"
    done_testing
    exit
fi
newest=$BUILD/go/${toolchains[-1]}
cp "$newest/static" go-static && cp "$newest/pie" go-pie || exit 1
emulator_reset
aws s3 mb s3://lp-in >setup.out 2>&1 && aws dynamodb create-table --table-name lp-table --billing-mode PAY_PER_REQUEST \
    --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH >>setup.out 2>&1
tap_result $? "setup"

lines() { grep -c '"service"' "$1" 2>/dev/null || true; }
wrapper=()
follow() { timeout 120 "${wrapper[@]}" "$RUN" --ebpf=off --strict -o got.json --calls calls.jsonl "$@" >out 2>err; }

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

for version in "${toolchains[@]}"; do
    for kind in static pie symbols; do
        observe "Go $version, $kind" "$BUILD/go/$version/$kind"
    done
done
# Built with -buildid= they have no note of their linker.
unnamed() { python3 -c 'import sys
b = open(sys.argv[1], "rb").read()
assert b.count(b"\4\0\0\0Go\0\0") == 1
open(sys.argv[2], "wb").write(b.replace(b"\4\0\0\0Go\0\0", b"\4\0\0\0no\0\0"))' "$1" "$2" && chmod +x "$2"; }
if [ -x "$BUILD/go-boring/boring" ]; then
    observe "Go with BoringSSL inside" "$BUILD/go-boring/boring"
    unnamed "$BUILD/go-boring/boring" boring
    observe "Go with BoringSSL inside, without its linker's note" ./boring
    # Where nobody follows it, the shim sees what BoringSSL is given.
    rm -f calls.jsonl
    timeout 60 "$RUN" --ebpf=off --ptrace=off -o got.json --calls calls.jsonl -- "$BUILD/go-boring/boring" >out 2>err &&
        [ "$(grep -c '"operation"' calls.jsonl)" = 5 ]
    tap_result $? "Go with BoringSSL inside, not followed: five calls"
else
    skip "Go with BoringSSL inside" "no $BUILD/go-boring"
fi
observe "Go below a shell" sh -c './go-static; true'
observe "Go below Python, make and xargs" python -c 'import subprocess
subprocess.run(["sh", "-c", "echo ./go-static | xargs timeout 60 env"], check=True)'
if [ -x "$BUILD/go-fork/copy" ]; then
    count "a copy of crypto/tls" 5 "$BUILD/go-fork/copy"
    [ "$(grep -c '"status":200' calls.jsonl)" = 5 ]
    tap_result $? "a copy of crypto/tls: and their answers"
    for how in within half; do
        count "a copy of crypto/tls, a connection within another, $how" 5 "$BUILD/go-fork/copy" "$how"
        [ "$(grep -c '"status":200' calls.jsonl)" = 5 ]
        tap_result $? "a copy of crypto/tls, a connection within another, $how: and their answers"
    done
else
    skip "a copy of crypto/tls" "no $BUILD/go-fork"
fi
unnamed go-pie go-unnamed
observe "Go behind a loader, without its linker's note" ./go-unnamed
# One whose table is of no known kind, as where names are hidden, is not read, and that is said.
python3 -c 'b = bytearray(open("go-pie", "rb").read())
at = b.index(b"\xf1\xff\xff\xff\0\0\1\x08")
b[at] ^= 0x11
open("go-hidden", "wb").write(b)' && chmod +x go-hidden
"$RUN" --ebpf=off --strict -o got.json -- ./go-hidden nothing >out 2>err
grep -q 'not followed: .*go-hidden (a Go program whose function table is not understood' err
tap_result $? "Go whose table is of no known kind: reported"
count "64 goroutines" 640 ./go-static 64 10
count "64 goroutines upload" 256 ./go-static 64 4 100000
[ "$(grep -o '"arn:aws:s3:::lp-in/many/[0-9]*"' got.json | sort -u | wc -l)" = 64 ]
tap_result $? "64 goroutines upload: each object is named"
# Breakpoints that are taken away, as where another's uprobe goes that stood in the same place, are set again.
follow -- ./go-static 1 2000 &
python "$E2E/ptrace_restore.py" ./go-static >restored
wait $!
[ $? = 3 ] && [ "$(cat restored)" -gt 2 ] && grep -q "breakpoints in it were taken away" err
tap_result $? "breakpoints taken away: said"
[ "$(lines calls.jsonl)" -gt 100 ] && [ "$(lines calls.jsonl)" -lt 2000 ]
tap_result $? "breakpoints taken away: calls are read again"
# The rest of a large answer is left alone; what is asked behind it, or beside it, has its answer.
if command -v rclone >/dev/null; then
    export RCLONE_CONFIG_E_TYPE=s3 RCLONE_CONFIG_E_PROVIDER=Other RCLONE_CONFIG_E_ENV_AUTH=true \
        RCLONE_CONFIG_E_ENDPOINT=$LP_EMU_TLS RCLONE_CONFIG=$WORK/rclone.conf
    mkdir large && for i in 1 2 3 4 5 6; do head -c 2000000 /dev/urandom >large/$i; done
    head -c 100 /dev/urandom >large/small && aws s3 cp --recursive large s3://lp-in/large >>setup.out 2>&1 &&
        follow -- env -u AWS_CA_BUNDLE rclone copy --transfers 2 e:lp-in/large got && diff -r large got >/dev/null &&
        [ "$(grep -c '"operation":"GetObject".*"status":200' calls.jsonl)" = 7 ] && ! grep -q '"status":null' calls.jsonl
    tap_result $? "large answers: each object is read, each call has its answer"
    unset "${!RCLONE_CONFIG@}"
else
    skip "large answers" "no rclone"
fi
# Plain HTTP, as it is spoken to what stands in AWS's place; its bodies may come from files.
for program in sdk-go1/static sdk-go2/pie; do
    if [ -x "$BUILD/$program" ]; then
        AWS_REGION=us-east-1 AWS_ENDPOINT_URL=$LP_EMU_HTTP count "plain HTTP, $program" 5 "$BUILD/$program" s3
        [ "$(grep -c '"status":20[04]' calls.jsonl)" = 5 ] && aws s3 rb s3://lp-sdk >>setup.out 2>&1
        tap_result $? "plain HTTP, $program: and their answers"
    else
        skip "plain HTTP, $program" "no $BUILD/$program"
    fi
done
if command -v rclone >/dev/null; then
    mkdir plain && for i in 1 2 3 4 5 6 7 8; do head -c 300000 /dev/urandom >plain/$i; done
    export RCLONE_CONFIG_E_TYPE=s3 RCLONE_CONFIG_E_PROVIDER=Other RCLONE_CONFIG_E_ENV_AUTH=true \
        RCLONE_CONFIG_E_ENDPOINT=$LP_EMU_HTTP RCLONE_CONFIG=$WORK/rclone.conf
    follow -- env -u AWS_CA_BUNDLE rclone copy plain e:lp-in/plain &&
        [ "$(grep -c '"operation":"PutObject".*"status":200' calls.jsonl)" = 8 ] && ! grep -q '"status":null' calls.jsonl
    tap_result $? "plain HTTP, rclone: each object is named, each call has its answer"
    unset "${!RCLONE_CONFIG@}"
else
    skip "plain HTTP, rclone" "no rclone"
fi
count "a program that gives way to itself" 6 ./go-static exec
count "a program that another thread than the first gives way to" 6 python -c 'import os, threading
threading.Thread(target=os.execv, args=("./go-static", ["./go-static", "2", "3"])).start()'
count "a program that starts itself" 9 ./go-pie child
count "40 programs at once" 40 sh -c 'for i in $(seq 10); do for k in 1 2 3 4; do ./go-static 1 1 & done; wait; done'
count "stopped and continued" 200 sh -c './go-static 4 50 & sleep 0.1; kill -STOP $!; sleep 0.1
    grep -q "State:.[Tt]" /proc/$!/status; kill -CONT $!; wait $!'
# Where Yama stands, it lets an ordinary user trace descendants only, which an orphan is not.
yama=/proc/sys/kernel/yama/ptrace_scope
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$RUN" 2>/dev/null; then
    [ "$(cat $yama 2>/dev/null)" != 0 ] || { echo 1 >$yama && trap 'echo 0 >$yama; rm -rf "$WORK"' EXIT; }
    chmod 777 "$WORK"
    rm -f got.json calls.jsonl
    ordinary=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
wrapper=("${ordinary[@]}")
count "an orphan of an ordinary user" 3 sh -c '( (sleep 0.2; ./go-static 1 3; touch ended) & )
    until [ -e ended ]; do sleep 0.05; done'
wrapper=()
grep -q '"source":"ptrace"' calls.jsonl
tap_result $? "the call log says how they were seen"

status=0
timeout 60 "$RUN" --ebpf=off --ptrace=off --strict -o got.json -- ./go-static 1 1 >out 2>err || status=$?
[ "$status" = 3 ] && grep -q 'not followed: .*go-static' err
tap_result $? "--ptrace=off: reported as not followed"

# A library written in Go, within a program that the shim is in.
library=$BUILD/go-library/library
if [ -r "$library" ]; then
    cp "$library" libput.so
    count "a library written in Go" 7 python "$E2E/go_library.py" ./libput.so
    [ "$(cat out)" = child ] && grep -q '1 identity: 1 action, 7 resources' err &&
        [ "$(grep -c '"source":"ptrace"' calls.jsonl)" = 5 ]
    tap_result $? "and the program beside it: each object is named"
    unnamed libput.so libunnamed.so
    count "a library written in Go, without its linker's note" 7 python "$E2E/go_library.py" ./libunnamed.so
    if unshare -r -p -f true 2>/dev/null; then
        count "a library written in Go, in a PID namespace" 7 unshare -r -p -f python "$E2E/go_library.py" ./libput.so
    else
        skip "a library written in Go, in a PID namespace" "unshare is not allowed here"
    fi
    if has_probe "a library written in Go, the probe on demand"; then
        timeout 60 "$RUN" --strict -o got.json --calls calls.jsonl -- python "$E2E/go_library.py" ./libput.so >out 2>err &&
            [ "$(lines calls.jsonl)" = 7 ] && [ "$(grep -c '"source":"probe"' calls.jsonl)" = 5 ]
        tap_result $? "a library written in Go, the probe on demand"
    fi
    status=0
    timeout 60 "$RUN" --ebpf=off --ptrace=off --strict -o got.json -- python "$E2E/go_library.py" ./libput.so >out 2>err ||
        status=$?
    [ "$status" = 3 ] && grep -q 'not followed: .*libput.so (a library written in Go' err
    tap_result $? "a library written in Go, --ptrace=off: reported"
else
    skip "a library written in Go" "no $library"
fi

# A plug-in, whose program has no TLS.
if [ -r "$BUILD/go-plugin/plugin" ]; then
    cp "$BUILD/go-plugin/plugin" plugin.so
    count "a plug-in of a Go program" 2 "$BUILD/go-plugin/program" ./plugin.so "$LP_EMU_TLS/lp-in/plugin/"{1,2}
    grep -q '1 identity: 1 action, 2 resources' err
    tap_result $? "a plug-in of a Go program: each object is named"
    unnamed "$BUILD/go-plugin/program" program
    unnamed plugin.so plugin-unnamed.so
    count "a plug-in of a Go program, without their linker's notes" 2 ./program ./plugin-unnamed.so \
        "$LP_EMU_TLS/lp-in/plugin/"{1,2}
else
    skip "a plug-in of a Go program" "no $BUILD/go-plugin"
fi

# shuts NAME command ...: it ends as without us, and it is said that calls may be missing.
shuts() {
    local name=$1
    shift
    wrapper=("${ordinary[@]}")
    rm -f got.json calls.jsonl
    follow -- sh -c 'echo aws 20 | "$@" && touch "$0"' ended-well "$@"
    [ $? = 3 ] && [ -e ended-well ] && grep -q 'not followed: .*it let nobody read its memory' err
    tap_result $? "$name that shuts its memory"
    rm -f ended-well
    wrapper=()
}
if [ -r "$library" ]; then
    shuts "a library written in Go" python -c 'import ctypes, os
lib = ctypes.CDLL("./libput.so")
url = os.environ["LP_EMU_TLS"] + "/lp-in/lib/"
assert lib.Put((url + "before").encode()) == 0
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
assert lib.Put((url + "after").encode()) == 0'
else
    skip "a library written in Go that shuts its memory" "no $library"
fi

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

# tracer NAME command ...: prints the same with and without us.
tracer() {
    local name=$1 status=0
    shift
    "$@" >bare 2>&1
    timeout 60 "$RUN" --ebpf=off -q -o got.json -- "$@" >out 2>&1 || status=$?
    [ "$status" = 0 ] && diff bare out
    tap_result $? "$name"
}
if [ -x "$BUILD/go-tracer/static" ]; then
    tracer "a debugger written in Go" "$BUILD/go-tracer/static" ./go-static 1 1
else
    skip "a debugger written in Go" "no $BUILD/go-tracer"
fi
cc=${CC:-cc}
if $cc -static -o traces "$E2E/../apps/traces.c" 2>cc.out; then
    tracer "a static program that traces, and that has itself traced" ./traces
else
    skip "a static program that traces" "$(tail -n 1 cc.out)"
fi

# OpenSSL inside a static program.
# shellcheck disable=SC2046 # options
if $cc -static -o c-symbols "$E2E/../bench/client.c" $(pkg-config --static --libs libssl) 2>cc.out; then
    start_sink
    strip -o c-stripped c-symbols
    for kind in symbols stripped; do
        count "static OpenSSL, $kind" 20 sh -c 'echo aws 20 | "$@"' sh "./c-$kind" "${LP_SINK##*:}" "$LP_EMU_CA"
        grep -q '"source":"ptrace"' calls.jsonl && grep -q 'arn:aws:dynamodb:us-east-1:\*:table/bench"' got.json
        tap_result $? "static OpenSSL, $kind: policy"
    done
    # A password of IAM's in a database's protocol; the sink takes it for what it likes.
    $cc -static -o c-login "$E2E/../apps/login.c" $(pkg-config --static --libs libssl) 2>cc.out
    V_TLS=${LP_SINK##*:} follow -- ./c-login
    grep -q '"source":"ptrace"' calls.jsonl && grep -q 'arn:aws:rds-db:us-east-1:\*:dbuser:\*/lp"' got.json
    tap_result $? "static OpenSSL, a login: its user"
    grep -q '"arn:aws:ses:\*:\*:identity/\*"' got.json && grep -q '"arn:aws:cassandra:\*:\*:/keyspace/system\*"' got.json
    tap_result $? "static OpenSSL, logins that name their key only"
    # One that lets nobody read its memory from some moment on lives on, and that is said.
    echo '#include <sys/prctl.h>
        __attribute__((constructor)) static void shut(void) { prctl(PR_SET_DUMPABLE, 0); }' >shut.c
    $cc -static -o c-shut shut.c "$E2E/../bench/client.c" $(pkg-config --static --libs libssl) 2>cc.out
    shuts "static OpenSSL" ./c-shut "${LP_SINK##*:}" "$LP_EMU_CA"
else
    skip "static OpenSSL" "$(tail -n 1 cc.out)"
fi

for where in inside outside; do
    mkdir "$where"
    RUN=$RUN timeout 100 python3 "$E2E/ptrace_jobs.py" "$where" "$WORK/$where" "$WORK/go-static" >out 2>&1
    tap_result $? "job control: stop, fg, bg, Ctrl-C; leastpriv-run $([ "$where" = inside ] && echo 'around the shell' || echo 'in a pipeline')"
    [ ! -s out ] || sed 's/^/# /' out
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
