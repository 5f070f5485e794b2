#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TLS libraries that few clients of AWS use, each by a program of its own (tls/).
. "$(dirname "$0")/lib.sh"

start_sink
port=${LP_SINK##*:}

# library TITLE NAME BUCKET LDLIBS ...: the two requests of tls/NAME.c, and nothing else
library() {
    local title=$1 name=$2 bucket=$3 want
    shift 3
    if ! cc -O1 -o "$WORK/$name" "$E2E/tls/$name.c" "$@" 2>"$WORK/cc.err"; then
        skip "$title" "its headers are not here"
        return
    fi
    "$RUN" --ebpf=off --quiet --strict -o "$WORK/$name.json" -- "$WORK/$name" "$port" >"$WORK/out" 2>"$WORK/err"
    check "$title: exit status" test $? = 0
    for want in s3:GetObject "arn:aws:s3:::$bucket/one" s3:DeleteObject "arn:aws:s3:::$bucket/two"; do
        check "$title: $want" grep -q "\"$want\"" "$WORK/$name.json"
    done
}

library "Mbed TLS" mbedtls lp-mbed -lmbedtls -lmbedx509 -lmbedcrypto
library wolfSSL wolfssl lp-wolf -lwolfssl
done_testing
