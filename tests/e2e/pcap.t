#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Captures made by tcpdump on loopback, and the collector's own capture: SDKs' client-side monitoring
# gives exactly the actions called, plain HTTP the shim's policy; what is missing or encrypted is said.
. "$(dirname "$0")/lib.sh"

command -v tcpdump >/dev/null || { echo "1..0 # SKIP no tcpdump here"; exit 0; }
timeout 5 tcpdump -i lo -c 1 -w /dev/null >"$WORK/may" 2>&1 & may=$!
sleep 0.3
curl -s -o /dev/null "$LP_EMU_HTTP"
wait $may || { echo "1..0 # SKIP tcpdump may not capture on lo here"; exit 0; }

is() { # got expected name
    local status=0
    [ "$1" = "$2" ] || status=1
    tap_result $status "$3"
    [ $status = 0 ] || echo "# got $1, expected $2"
}

capture() { # file filter command...
    local file=$1 filter=$2 pid
    shift 2
    rm -f "$WORK/tcpdump"
    tcpdump -i lo -U -B 32768 -Z root -w "$file" "$filter" 2>"$WORK/tcpdump" & pid=$!
    while ! grep -qs listening "$WORK/tcpdump"; do sleep 0.05; done
    "$@"
    sleep 1.2 # longer than tcpdump waits for a block to fill
    kill -INT $pid
    wait $pid
    ! grep -qv '^0' <(grep 'dropped by kernel' "$WORK/tcpdump") || sed 's/^/# /' "$WORK/tcpdump"
}

PCAP="$BUILD/leastpriv pcap"
actions() { python3 -c 'import json,sys; print(*sorted(sum((s["Action"] for s in json.load(sys.stdin)["Statement"]), [])))'; }

# --- an SDK with monitoring on; its calls themselves are encrypted -------------------------------------
cat >"$WORK/sdk.py" <<'EOF'
import boto3
s3 = boto3.client("s3")
s3.create_bucket(Bucket="lp-csm")
s3.put_object(Bucket="lp-csm", Key="k", Body=b"x")
s3.list_objects_v2(Bucket="lp-csm")
sqs = boto3.client("sqs")
url = sqs.create_queue(QueueName="lp-q")["QueueUrl"]
boto3.client("sts").get_caller_identity()
EOF
sdk() { AWS_CSM_ENABLED=true python "$WORK/sdk.py"; }
emulator_reset
use_way tls
capture "$WORK/csm.pcap" 'udp port 31000' sdk
is "$($PCAP "$WORK/csm.pcap" 2>"$WORK/err" | actions)" \
    "s3:CreateBucket s3:ListBucket s3:PutObject sqs:CreateQueue" "monitoring: exactly what the SDK called"
gzip -k "$WORK/csm.pcap"
is "$($PCAP - <"$WORK/csm.pcap.gz" 2>/dev/null | md5sum)" "$($PCAP "$WORK/csm.pcap" 2>/dev/null | md5sum)" \
    "gzipped, on standard input"

# --- the collector itself ---------------------------------------------------------------------------
"$BUILD/leastpriv-collector" --socket "$WORK/sock" --pcap lo -o "$WORK/live.json" --calls "$WORK/live.jsonl" \
    2>"$WORK/live.err" & collector=$!
while [ ! -S "$WORK/sock" ] || [ "$(wc -l </proc/net/packet)" -lt 2 ]; do sleep 0.05; done
sleep 1
emulator_reset
sdk
# A burst from 50 processes, each datagram another call.
python3 - <<'EOF'
import json, os, socket, time
children = []
for p in range(50):
    if not os.fork():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for i in range(400):
            s.sendto(json.dumps({"Version": 1, "Type": "ApiCall", "Service": "S3", "Api": "GetObject",
                                 "ClientId": f"{p}-{i}", "AttemptCount": 1, "Region": "us-east-1",
                                 "Timestamp": 1766491200000 + p * 1000 + i}).encode(), ("127.0.0.1", 31000))
        os._exit(0)
for _ in range(50):
    os.wait()
EOF
sleep 0.5
kill -TERM $collector
wait $collector
is $? 0 "collector --pcap: ends cleanly"
is "$(actions <"$WORK/live.json")" "s3:CreateBucket s3:GetObject s3:ListBucket s3:PutObject sqs:CreateQueue" \
    "collector --pcap: what the SDK called"
is "$(grep -c '"operation":"GetObject"' "$WORK/live.jsonl")" 20000 "collector --pcap: 20,000 datagrams in a burst"

# --- plain HTTP --------------------------------------------------------------------------------------
# shellcheck disable=SC1091
. "$E2E/scenarios/boto3-threads.sh"
emulator_reset
use_way http
setup >"$WORK/setup" 2>&1
# shellcheck disable=SC2016
shim() { (cd "$WORK" && "$RUN" --ebpf=off -o shim.json -- bash -ec '. "$0"; client' "$E2E/scenarios/boto3-threads.sh") >"$WORK/run" 2>&1; }
capture "$WORK/http.pcap" "tcp port ${LP_EMU_HTTP##*:}" shim
check "plain HTTP: the shim's policy" bash -c "$PCAP $WORK/http.pcap | diff $WORK/shim.json -"
for first in 1 2 3; do
    python3 "$E2E/pcap_cut.py" "$WORK/http.pcap" "$WORK/cut.pcap" 100 $((first * 31))
    check "1 % of the packets removed ($first): read to its end" bash -c "$PCAP $WORK/cut.pcap >$WORK/cut.json 2>$WORK/cut.err"
    grep -q 'cut.pcap: [0-9]* bytes in [0-9]* places of TCP connections are missing' "$WORK/cut.err"
    tap_result $? "1 % of the packets removed ($first): said"
done
head -c $(($(stat -c %s "$WORK/http.pcap") - 7)) "$WORK/http.pcap" >"$WORK/torn.pcap"
$PCAP --strict "$WORK/torn.pcap" >/dev/null 2>"$WORK/err"
is $? 3 "--strict: a file that ends in the middle of a packet"
$PCAP "$E2E/pcap.t" >/dev/null 2>"$WORK/err"
is $? 2 "what is no capture is refused"

# --- TLS to AWS's own names ---------------------------------------------------------------------------
hello() { curl -s -o /dev/null --connect-to "::${LP_EMU_TLS#https://}" https://kms.us-east-1.amazonaws.com/; }
capture "$WORK/tls.pcap" "tcp port ${LP_EMU_TLS##*:}" hello
$PCAP "$WORK/tls.pcap" 2>&1 >/dev/null | grep -q 'not read: 1 connection to kms.us-east-1.amazonaws.com'
tap_result $? "a TLS connection that cannot be read is named"

# --- key logs ----------------------------------------------------------------------------------------
# The filter keeps out whatever else happens on this machine.
# shellcheck disable=SC1091
. "$E2E/scenarios/curl-sigv4.sh"
use_way tls
# shellcheck disable=SC2016,SC2329
with_keys() {
    (cd "$WORK" && SSLKEYLOGFILE=$WORK/keys "$RUN" --ebpf=off -o shim.json -- \
        bash -ec '. "$0"; curl() { command curl $TLS "$@"; }; client' "$E2E/scenarios/curl-sigv4.sh") >"$WORK/run" 2>&1
}
for TLS in "--tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256" \
    "--tls-max 1.2 --ciphers ECDHE-ECDSA-CHACHA20-POLY1305" --tls13-ciphers=TLS_AES_256_GCM_SHA384; do
    export TLS=${TLS/=/ }
    rm -f "$WORK/keys"
    emulator_reset
    setup >"$WORK/setup" 2>&1
    capture "$WORK/keys.pcap" "tcp port ${LP_EMU_TLS##*:}" with_keys
    check "key log, ${TLS##* }: the shim's policy" \
        bash -c "$PCAP --strict --keylog $WORK/keys $WORK/keys.pcap | diff $WORK/shim.json -"
done
python3 "$E2E/pcap_cut.py" "$WORK/keys.pcap" "$WORK/cut.pcap" 10
$PCAP --strict --keylog "$WORK/keys" "$WORK/cut.pcap" >/dev/null 2>"$WORK/cut.err"
is $? 3 "key log, packets removed: said"
$PCAP --keylog "$E2E/pcap.t" "$WORK/keys.pcap" >/dev/null 2>"$WORK/err"
is "$? $(grep -c SSLKEYLOGFILE "$WORK/err")" "2 1" "what is no key log is refused"
done_testing
