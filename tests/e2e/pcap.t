#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Captures made by tcpdump on loopback, and the collector's own capture: SDKs' client-side monitoring
# gives exactly the actions called, plain HTTP the shim's policy; what is missing or encrypted is said.
. "$(dirname "$0")/lib.sh"

command -v tcpdump >/dev/null || { echo "1..0 # SKIP no tcpdump here"; exit 0; }
timeout 30 tcpdump -i lo -c 1 -Z root -w "$WORK/may.pcap" >"$WORK/may" 2>&1 & may=$!
while kill -0 $may 2>/dev/null; do curl -s -o /dev/null "$LP_EMU_HTTP"; sleep 0.05; done
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
# As AWS mirrors traffic: each frame in VXLAN.
python3 - "$WORK/http.pcap" "$WORK/vxlan.pcap" <<'EOF'
import struct, sys
data = open(sys.argv[1], "rb").read()
out, at = [data[:24]], 24
while at < len(data):
    sec, usec, size, wire = struct.unpack_from("=4I", data, at)
    udp = struct.pack(">4H", 65000, 4789, 16 + wire, 0) + bytes([8, 0, 0, 0, 0, 0, 7, 0])
    ip = struct.pack(">BBHHHBBH4B4B", 0x45, 0, (20 + 16 + wire) & 0xffff, 0, 0, 64, 17, 0, 10, 0, 0, 1, 10, 0, 0, 2)
    out.append(struct.pack("=4I", sec, usec, size + 50, wire + 50) + bytes(12) + b"\x08\0" + ip + udp +
               data[at + 16:at + 16 + size])
    at += 16 + size
open(sys.argv[2], "wb").write(b"".join(out))
EOF
check "the same, mirrored in VXLAN" bash -c "$PCAP $WORK/vxlan.pcap | diff $WORK/shim.json -"
for first in 1 2 3; do
    python3 "$E2E/pcap_cut.py" "$WORK/http.pcap" "$WORK/cut.pcap" 100 $((first * 31))
    check "1 % of the packets removed ($first): read to its end" bash -c "$PCAP $WORK/cut.pcap >$WORK/cut.json 2>$WORK/cut.err"
    grep -q 'cut.pcap: [0-9]* bytes in [0-9]* places* of TCP connections are missing' "$WORK/cut.err"
    said=$?
    tap_result $said "1 % of the packets removed ($first): said"
    [ $said = 0 ] || sed 's/^/# /' "$WORK/cut.err"
done
head -c $(($(stat -c %s "$WORK/http.pcap") - 7)) "$WORK/http.pcap" >"$WORK/torn.pcap"
$PCAP --strict "$WORK/torn.pcap" >/dev/null 2>"$WORK/err"
is $? 3 "--strict: a file that ends in the middle of a packet"
$PCAP "$E2E/pcap.t" >/dev/null 2>"$WORK/err"
is $? 2 "what is no capture is refused"

# --- TLS to AWS's own names ---------------------------------------------------------------------------
# One that is read by nobody, and three on which nothing was asked for.
# shellcheck disable=SC2329
hello() {
    local to=${LP_EMU_TLS#https://}
    curl -s -k -o "$WORK/out" --connect-to "::$to" https://kms.us-east-1.amazonaws.com/
    curl -s -o "$WORK/out" --cacert /etc/ssl/certs/ca-certificates.crt --connect-to "::$to" https://sns.us-east-1.amazonaws.com/
    for version in -tls1_3 -tls1_2; do
        openssl s_client $version -servername sqs.us-east-1.amazonaws.com -connect "$to" </dev/null >"$WORK/out" 2>&1
    done
}
capture "$WORK/tls.pcap" "tcp port ${LP_EMU_TLS##*:}" hello
$PCAP --calls "$WORK/tls.jsonl" "$WORK/tls.pcap" 2>"$WORK/tls.err" >"$WORK/out"
grep -q 'not read: 1 connection to kms.us-east-1.amazonaws.com, KMS (encrypted, and no key of it is at hand); .*--keylog' \
    "$WORK/tls.err"
tap_result $? "a TLS connection that cannot be read is named"
is "$(grep -c amazonaws.com "$WORK/tls.err")" 1 "those that failed, or on which nothing was asked for, are not"
is "$("$BUILD/leastpriv" policy --strict "$WORK/tls.jsonl" 2>&1 >"$WORK/out" | grep -c 'not read: .*kms')" 1 \
    "--calls: the log has it, too"
# Of a connection whose end was not captured its client may have said more.
python3 - "$WORK/tls.pcap" "$WORK/begun.pcap" <<'EOF'
import struct, sys
data = open(sys.argv[1], "rb").read()
out, at = [data[:24]], 24
while at < len(data):
    size = 16 + struct.unpack_from("=I", data, at + 8)[0]
    tcp = at + 16 + 14 + (data[at + 16 + 14] & 15) * 4
    if not data[tcp + 13] & 5:  # FIN, RST
        out.append(data[at:at + size])
    at += size
open(sys.argv[2], "wb").write(b"".join(out))
EOF
is "$($PCAP "$WORK/begun.pcap" 2>&1 >"$WORK/out" | grep -c 'not read: .*amazonaws.com')" 3 "one whose end is missing is named"

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
gzip -k "$WORK/keys"
check "key log, gzipped" bash -c "$PCAP --strict --keylog $WORK/keys.gz $WORK/keys.pcap | diff $WORK/shim.json -"
head -c 200 "$WORK/keys.gz" >"$WORK/torn.gz"
$PCAP --keylog "$WORK/torn.gz" "$WORK/keys.pcap" >"$WORK/out" 2>"$WORK/err"
is "$? $(grep -c 'the gzip file ends in the middle' "$WORK/err")" "2 1" "  and torn: refused"
python3 "$E2E/pcap_secrets.py" "$WORK/keys.pcap" "$WORK/keys" "$WORK/keys.pcapng"
gzip -k "$WORK/keys.pcapng"
for file in keys.pcapng keys.pcapng.gz; do
    check "key log inside $file" bash -c "$PCAP --strict $WORK/$file | diff $WORK/shim.json -"
done
check "  on standard input" bash -c "$PCAP --strict - <$WORK/keys.pcapng | diff $WORK/shim.json -"
# TLS in TLS: a proxy that is spoken to over TLS.
python3 "$E2E/tls_proxy.py" "$BUILD/tls/server.pem" "$BUILD/tls/server.key" "${LP_EMU_TLS##*:}" >"$WORK/proxy" 2>"$WORK/proxy.err" &
proxy=$!
while [ ! -s "$WORK/proxy" ]; do sleep 0.05; done
TLS="--proxy-insecure --proxy https://127.0.0.1:$(cat "$WORK/proxy")"
mv "$WORK/keys" "$WORK/keys.before"
mv "$WORK/shim.json" "$WORK/shim.before"
emulator_reset
setup >"$WORK/setup" 2>&1
capture "$WORK/proxy.pcap" "tcp port $(cat "$WORK/proxy")" with_keys
kill $proxy
check "key log, TLS through a TLS proxy: the shim's policy" \
    bash -c "$PCAP --strict --keylog $WORK/keys $WORK/proxy.pcap | diff $WORK/shim.json -"
awk '{ if (!($2 in n)) n[$2] = i++; if (n[$2] % 2 == 0) print }' "$WORK/keys" >"$WORK/outer"
is "$($PCAP --keylog "$WORK/outer" "$WORK/proxy.pcap" 2>&1 >"$WORK/out" |
    sed -n 's/.*not read: \([0-9]*\) connections* to .*no key.*/\1/p' | awk '{ n += $1 } END { print n }')" 5 \
    "  with the proxy's keys alone the connections inside are named"
mv "$WORK/keys.before" "$WORK/keys"
mv "$WORK/shim.before" "$WORK/shim.json"
# Keys of half of the connections: the others are named, though they were to hosts that were read.
awk '{ if (!($2 in n)) n[$2] = i++; if (n[$2] % 2) print }' "$WORK/keys" >"$WORK/half"
$PCAP --strict --keylog "$WORK/half" "$WORK/keys.pcap" >"$WORK/out" 2>"$WORK/half.err"
is "$? $(sed -n 's/.*not read: \([0-9]*\) connections* to .*no key.*/\1/p' "$WORK/half.err" | awk '{ n += $1 } END { print n }')" \
    "3 $(awk '{ n[$2] = 1 } END { for (i in n) c++; print int((c + 1) / 2) }' "$WORK/keys")" \
    "key log of half of the connections: the others are named"
# The last data that the server sent before it closed: only its end and the acknowledgement tell.
python3 - "$WORK/http.pcap" "$WORK/tail.pcap" "${LP_EMU_HTTP##*:}" <<'EOF'
import struct, sys
data, port = open(sys.argv[1], "rb").read(), int(sys.argv[3])
frames, at, last = [], 24, None
while at < len(data):
    size = 16 + struct.unpack_from("=I", data, at + 8)[0]
    ip = at + 16 + 14
    tcp = ip + (data[ip] & 15) * 4
    payload = struct.unpack_from(">H", data, ip + 2)[0] - (data[ip] & 15) * 4 - (data[tcp + 12] >> 4) * 4
    frames.append((at, size))
    if payload and struct.unpack_from(">H", data, tcp)[0] == port:
        last = at
    at += size
open(sys.argv[2], "wb").write(data[:24] + b"".join(data[a:a + n] for a, n in frames if a != last))
EOF
$PCAP --strict "$WORK/tail.pcap" 2>"$WORK/tail.err" >"$WORK/out"
is "$? $(grep -c 'bytes in 1 place of TCP connections are missing' "$WORK/tail.err")" "3 1" \
    "the last segment of an answer is missing: said"
python3 "$E2E/pcap_cut.py" "$WORK/keys.pcap" "$WORK/cut.pcap" 10
$PCAP --strict --keylog "$WORK/keys" "$WORK/cut.pcap" >/dev/null 2>"$WORK/cut.err"
is $? 3 "key log, packets removed: said"
$PCAP --keylog "$E2E/pcap.t" "$WORK/keys.pcap" >/dev/null 2>"$WORK/err"
is "$? $(grep -c SSLKEYLOGFILE "$WORK/err")" "2 1" "what is no key log is refused"
done_testing
