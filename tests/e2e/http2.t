#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Real clients that speak HTTP/2 (by ALPN, and by prior knowledge in the clear) to nghttpx in front
# of the emulator: the policy of curl-sigv4, which is what the same calls over HTTP/1.1 give.
. "$(dirname "$0")/lib.sh"

command -v nghttpx >/dev/null || { echo "1..0 # SKIP no nghttpx here"; exit 0; }
free_ports() {
    python3 -c 'import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(x.getsockname()[1] for x in s))'
}
read -r tls plain < <(free_ports)
backend=${LP_EMU_HTTP#http://}
start_sink
# shellcheck disable=SC2016
nghttpx --conf=/dev/null -f"127.0.0.1,$tls" -f"127.0.0.1,$plain;no-tls" -b"${backend/:/,};/;proto=http/1.1" -b"127.0.0.1,${LP_SINK##*:};/lp-large/;proto=http/1.1;tls" --insecure --no-ocsp \
    --errorlog-file="$WORK/nghttpx" --accesslog-file="$WORK/access" --accesslog-format='$alpn $status' \
    --workers=1 "$BUILD/tls/server.key" "$BUILD/tls/server.pem" &
nghttpx=$!
trap 'kill $nghttpx; wait $nghttpx 2>/dev/null; rm -rf "$WORK"' EXIT
for _ in {1..100}; do
    curl -sS -o /dev/null "http://127.0.0.1:$plain/moto-api/" 2>/dev/null && break
    sleep 0.05
done

# shellcheck disable=SC1091
. "$E2E/scenarios/curl-sigv4.sh"

is() { # got expected name
    local status=0
    [ "$1" = "$2" ] || status=1
    tap_result $status "$3"
    [ $status = 0 ] || echo "# got $1, expected $2"
    return $status
}

# same NAME COMMAND...: its policy is curl-sigv4's, it made five calls, and nothing was lost.
same() {
    local name=$1 dir=$WORK/$1
    shift
    mkdir -p "$dir"
    emulator_reset
    use_way http
    (cd "$dir" && setup) >"$dir/setup" 2>&1
    : >"$WORK/access"
    (cd "$dir" && timeout 60 "$RUN" --ebpf="${ebpf:-off}" --strict -o policy.json --calls calls.jsonl -- "$@") \
        >"$dir/out" 2>"$dir/err"
    is "$?" 0 "$name: exit status" || sed 's/^/# /' "$dir/err" "$dir/out"
    diff -u "$E2E/scenarios/curl-sigv4.json" "$dir/policy.json" >"$dir/diff"
    is "$?" 0 "$name: the policy of HTTP/1.1" || sed 's/^/# /' "$dir/diff"
    is "$(grep -c '"status":200' "$dir/calls.jsonl")" 5 "$name: five calls with their answers"
    ! grep -E 'Signature=|lpSecret' "$dir/calls.jsonl"
    is "$?" 0 "$name: no secret in the call log"
    is "$(grep -cv '^h2' "$WORK/access")" 0 "$name: nothing but HTTP/2 was spoken"
}

# PUT first: the others need what it makes.
cat >"$WORK/curl.sh" <<'EOF'
echo one >body
sign=(-fsS "$@" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 "aws:amz:us-east-1:s3")
curl "${sign[@]}" -T body "$BASE/lp-in/dir/a.txt"
if [ "$1" = --http2 ]; then
    curl -Z "${sign[@]}" "$BASE/lp-in/dir/a.txt" -o a "$BASE/lp-in/?list-type=2" -o l
else # curl 7.88 cannot use such a connection twice
    curl "${sign[@]}" "$BASE/lp-in/dir/a.txt" -o a
    curl "${sign[@]}" "$BASE/lp-in/?list-type=2" -o l
fi
sign[${#sign[@]}-1]=aws:amz:us-east-1:sts
curl "${sign[@]}" -d 'Action=GetCallerIdentity&Version=2011-06-15' "$BASE/" -o i
sign[${#sign[@]}-1]=aws:amz:us-east-1:dynamodb
curl "${sign[@]}" -H 'Content-Type: application/x-amz-json-1.0' -H 'X-Amz-Target: DynamoDB_20120810.GetItem' \
    -d '{"TableName":"lp-table","Key":{"id":{"S":"1"}}}' "$BASE/" -o g
cmp a body
EOF

BASE=https://localhost:$tls same curl-alpn bash -e "$WORK/curl.sh" --http2
BASE=http://127.0.0.1:$plain same curl-prior bash -e "$WORK/curl.sh" --http2-prior-knowledge
if command -v node >/dev/null; then
    LP_HTTP2=https://localhost:$tls NODE_EXTRA_CA_CERTS=$LP_EMU_CA same node node "$E2E/ebpf_node.js"
else
    skip node "no node here"
fi

# The same by the eBPF probe alone; and of a large upload next to nothing leaves the kernel, but all that
# comes after it is seen.
if has_probe "HTTP/2 by the eBPF probe"; then
    cc -shared -o "$WORK/empty.so" -x c /dev/null
    export LEASTPRIV_LIB=$WORK/empty.so
    ebpf=on
    BASE=https://localhost:$tls same curl-alpn-probe bash -e "$WORK/curl.sh" --http2
    BASE=http://127.0.0.1:$plain same curl-prior-probe bash -e "$WORK/curl.sh" --http2-prior-knowledge
    if command -v node >/dev/null; then
        LP_HTTP2=https://localhost:$tls NODE_EXTRA_CA_CERTS=$LP_EMU_CA same node-probe node "$E2E/ebpf_node.js"
    fi
    truncate -s 256M "$WORK/large" && echo small >"$WORK/small"
    to=https://localhost:$tls/lp-large
    "$RUN" --ebpf=on --strict -v -o "$WORK/large.json" --calls "$WORK/large.jsonl" -- curl -sS --http2 \
        --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --aws-sigv4 aws:amz:us-east-1:s3 \
        -T "$WORK/small" "$to/1" -T "$WORK/large" "$to/2" -T "$WORK/small" "$to/3" >"$WORK/large.out" 2>"$WORK/large.err"
    is "$?" 0 "256 MiB over HTTP/2: exit status" || sed 's/^/# /' "$WORK/large.out" "$WORK/large.err"
    is "$(grep -o '"operation":"PutObject".*"status":200' "$WORK/large.jsonl" | grep -o 'arn:[^"]*/[123]' | tr '\n' ' ')" \
        "arn:aws:s3:::lp-large/1 arn:aws:s3:::lp-large/2 arn:aws:s3:::lp-large/3 " "256 MiB over HTTP/2: all of three calls"
    bytes=$(sed -n 's/.*eBPF: \([0-9]*\) bytes.*/\1/p' "$WORK/large.err")
    [ "${bytes:-9999999}" -le 262144 ]
    tap_result $? "256 MiB over HTTP/2: $bytes bytes through the ring"
fi
done_testing
