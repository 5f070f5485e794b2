#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# leastpriv-run as a command among commands: options, streams, exit status, signals, files.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1

status_is() { # wanted, command...
    local want=$1 got=0
    shift
    "$@" || got=$?
    [ "$got" = "$want" ] || { echo "status $got, not $want"; return 1; }
}
empty_policy() {
    printf '{\n  "Version": "2012-10-17",\n  "Statement": []\n}\n' | diff -u - "$1"
}
one_call() { # the smallest program that makes a call to the sink: one PUT by curl
    curl -fsS --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 aws:amz:us-east-1:s3 -X PUT -d x \
        -H 'Host: lp-in.s3.us-east-1.amazonaws.com' "$LP_SINK/k" -o /dev/null
}
export -f one_call empty_policy
one_call_policy() {
    python3 - "$1" <<'PY'
import json, sys
assert [(s["Action"], s["Resource"]) for s in json.load(open(sys.argv[1]))["Statement"]] == \
    [(["s3:PutObject"], ["arn:aws:s3:::lp-in/k"])], open(sys.argv[1]).read()
PY
}
use_way sink

# --- what it prints and leaves ---
check "--help" bash -c '"$RUN" --help | grep -q -- --strict'
check "--version" bash -c '"$RUN" --version | grep -Eq "[0-9]+\.[0-9]+\.[0-9]+"'
check "an unknown option is refused" bash -c '! "$RUN" --no-such-option -- true 2>err && [ -s err ]'
check "no command is refused" bash -c '! "$RUN" -o x.json 2>err && [ -s err ]'
check "no AWS call: a valid empty policy" bash -c '"$RUN" -o none.json -- true 2>none.err'
check "  the file" empty_policy none.json
check "  and it says so" grep -Eqi 'no (AWS )?(API )?calls?' none.err
check "the default file" bash -c 'mkdir d && cd d && "$RUN" -- true 2>/dev/null && [ -s leastpriv-policy.json ]'
check "-o - is stdout, after the command's own" bash -c '"$RUN" -o - -- echo hello 2>/dev/null >out'
check "  the command's line" bash -c '[ "$(head -n 1 out)" = hello ]'
check "  then the policy" bash -c 'tail -n +2 out | python3 -m json.tool >/dev/null'
check "--quiet prints nothing" bash -c '"$RUN" --quiet -o q.json -- true 2>err && [ ! -s err ]'
check "a policy without a call says why" bash -c '"$RUN" --only-denied -o none.json -- bash -c one_call 2>none.err && empty_policy none.json'
check "  nothing was refused" grep -F 'AWS refused no call: the policy is empty' none.err
echo before > nobody.json
nobody() { # status command...: an identity that made no call
    TMPDIR=$PWD "$RUN" --identity nobody -o nobody.json -- "${@:2}" 2>nobody.err
    [ $? = "$1" ] && [ "$(cat nobody.json)" = before ]
}
check "an identity that nobody has is an error, and takes no policy's place" nobody 125 bash -c one_call
check "  those that there are, are named" grep -qF 'the evidence has no "nobody"; it has AKIARZPUZDIKAMBVUEID' nobody.err
check "  and what was seen is kept" bash -c '"$BUILD/leastpriv" policy "$(sed -n "s/.*is kept: .leastpriv policy \([^ ]*\)\`.*/\1/p" nobody.err)" > one-kept.json'
check "    whole" one_call_policy one-kept.json
check "  the status of a command that failed stays" nobody 7 bash -c 'one_call; exit 7'
check "one call, one policy" bash -c '"$RUN" -o one.json --calls one.jsonl -- bash -c one_call 2>one.err'
check "  the policy" one_call_policy one.json
check "  the summary names the file" grep -q one.json one.err
check "  the log has the call" python3 -c '
import json
lines = [json.loads(l) for l in open("one.jsonl")]
assert len(lines) == 1, lines
l = lines[0]
assert l["service"] == "S3" and l["operation"] == "PutObject" and l["region"] == "us-east-1", l
assert l["accessKeyId"] == "AKIARZPUZDIKAMBVUEID" and l["status"] == 200 and l["source"] == "shim", l
assert l["actions"] == [{"action": "s3:PutObject", "resources": ["arn:aws:s3:::lp-in/k"]}], l
assert l["program"].endswith("/curl") and l["pid"] > 1 and l["requestId"] == "0123456789abcdef", l
'
check "an unwritable policy file is an error" bash -c '! "$RUN" -o /no/such/dir/p.json -- true 2>err && [ -s err ]'
check "a policy is replaced, not appended to" bash -c '"$RUN" -o one.json -- true 2>/dev/null'
check "  and is empty now" empty_policy one.json

# --- the command's own ---
check "exit status 0" status_is 0 "$RUN" --quiet -o x.json -- true
check "exit status 7" status_is 7 "$RUN" --quiet -o x.json -- sh -c 'exit 7'
check "a signal is 128 + n" status_is 143 "$RUN" --quiet -o x.json -- sh -c 'kill -TERM $$'
check "a command that is not there: 127" status_is 127 "$RUN" --quiet -o x.json -- ./no-such-command
check "a file that cannot be run: 126" bash -c 'touch plain; s=0; "$RUN" --quiet -o x.json -- ./plain || s=$?; [ $s = 126 ]'
check "stdin is the command's" bash -c '[ "$(echo hi | "$RUN" --quiet -o x.json -- cat)" = hi ]'
check "stderr is the command's" bash -c '[ "$("$RUN" --quiet -o x.json -- sh -c "echo hi >&2" 2>&1)" = hi ]'
check "options after the command are the command's" bash -c '[ "$("$RUN" --quiet -o x.json echo -o y)" = "-o y" ]'
check "arguments arrive as they are" bash -c '[ "$("$RUN" --quiet -o x.json -- printf "<%s>" "a b" "" "c*")" = "<a b><><c*>" ]'
check "no descriptor is left to the command" bash -c '
    [ "$("$RUN" --quiet -o x.json -- sh -c "ls /proc/self/fd | tr \"\n\" \" \"")" = "$(sh -c "ls /proc/self/fd | tr \"\n\" \" \"")" ]'
check "the working directory" bash -c '[ "$("$RUN" --quiet -o x.json -- pwd)" = "$PWD" ]'
check "an LD_PRELOAD of one's own stays" bash -c '
    lib=$(ldd "$(command -v openssl)" | sed -n "s,.*=> \(.*/libssl[^ ]*\) .*,\1,p")
    LD_PRELOAD=$lib "$RUN" --quiet -o x.json -- sh -c "cat /proc/self/maps" | grep -q libssl'
check "env -i is followed" bash -c 'env > e; "$RUN" --quiet -o envi.json -- bash -c "
    env -i PATH=\"\$PATH\" LP_SINK=\"\$LP_SINK\" CURL_CA_BUNDLE=\"\$CURL_CA_BUNDLE\" \
    AWS_ACCESS_KEY_ID=\$AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=x bash -c \"\$(declare -f one_call); one_call\""'
check "  its call is there" one_call_policy envi.json

# --- a sandbox that hides the collector's socket, as bwrap's /dev and /tmp do ---
hidden='mount -t tmpfs none "$(dirname "$LEASTPRIV_SOCKET")" && [ ! -e "$LEASTPRIV_SOCKET" ] && one_call'
if unshare -rm mount -t tmpfs none /mnt 2>/dev/null; then
    check "mounts hide the socket" "$RUN" --quiet --ebpf=off -o hidden.json -- unshare -rm bash -c "$hidden"
    check "  the call is there" one_call_policy hidden.json
else
    skip "mounts hide the socket" "no user namespaces here"
fi
# Its name without a file may be anybody's: the shim tells nobody else.
if [ "$(id -u)" = 0 ]; then
    check "nothing is told to another user who has the socket's name" python3 -c '
import os, socket, subprocess, sys
path = os.path.join(os.getcwd(), "gone.sock")
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind("\0" + path)
os.seteuid(65534) # who listens is asked for
s.listen(5)
os.seteuid(0)
s.settimeout(0)
def heard():
    subprocess.run(["bash", "-c", "one_call"], check=True,
                   env=dict(os.environ, LEASTPRIV_SOCKET=path, LD_PRELOAD=sys.argv[1]))
    said = []
    try:
        while True:
            said.append(s.accept()[0].recv(4096))
    except BlockingIOError:
        return said
assert not any(heard())
s.listen(5)
assert any(heard()), "root is to be told" # so that this test can fail
' "$BUILD/libleastpriv.so"
fi

# --- ended before its time ---
interrupted() { # signal, wanted status
    local pid status=0
    rm -f int.json
    # In the background bash has SIGINT ignored for what it starts; python gives it back.
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL); os.setsid(); os.execv(sys.argv[1], sys.argv[1:])' \
        "$RUN" -o int.json -- bash -c 'one_call; touch called; sleep 30' 2>int.err &
    pid=$!
    for _ in $(seq 100); do [ ! -e called ] || break; sleep 0.1; done
    rm called
    kill "-$1" -- "-$pid"
    wait "$pid" || status=$?
    [ "$status" = "$2" ] || { echo "status $status, not $2"; cat int.err; return 1; }
    one_call_policy int.json
}
check "Ctrl-C still writes the policy" interrupted INT 130
check "SIGTERM too" interrupted TERM 143
check "a program killed by SIGKILL: what it did is there" bash -c '
    "$RUN" --quiet -o kill.json -- bash -c "one_call; kill -9 \$\$"; [ $? = 137 ]'
check "  the policy" one_call_policy kill.json
check "nobody reads what it has to say" status_is 127 bash -c 'exec 2> >(:); wait $!; exec "$RUN" -o x.json -- ./no-such-command'
check "a background process that lives on does not hold it up" bash -c '
    timeout 10 "$RUN" --quiet -o bg.json -- bash -c "one_call; sleep 20 >/dev/null 2>&1 & exit 0"'
check "  the policy" one_call_policy bg.json
check "a command that may not write files" bash -c '"$RUN" --strict -o limit.json -- bash -c "ulimit -f 0; one_call" 2>limit.err'
check "  the policy" one_call_policy limit.json
# --- a policy that has no place to go ---
check "a full device is said" bash -c '
    "$RUN" --ebpf=off -o /dev/full -- bash -c one_call 2>full.err; [ $? = 125 ]
    grep -F "the policy is not written: /dev/full: No space left" full.err'
check "  what was seen is kept" bash -c '
    log=$(sed -n "s/.*what was seen is kept: .leastpriv policy \(.*\). makes it/\1/p" full.err)
    "$BUILD/leastpriv" policy -o full.json "$log" && rm "$log"'
check "  the policy" one_call_policy full.json
check "a report that cannot be written is not the policy" bash -c '
    "$RUN" --ebpf=off --calls r.jsonl -o report.json --report /dev/full -- true 2>full.err; [ $? = 125 ]
    grep -F "the report is not written: /dev/full: No space left" full.err && ! grep -F "policy is not" full.err'
mkfifo pipe
check "a pipe that nobody reads: SIGTERM ends it" bash -c 'timeout 10 timeout -k 5 1 "$RUN" --quiet --ebpf=off -o pipe -- true; [ $? = 124 ]'
check "--strict with nothing lost" status_is 0 "$RUN" --quiet --strict -o x.json -- bash -c one_call
done_testing
