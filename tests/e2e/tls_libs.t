#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TLS libraries that few clients of AWS use, each by a program of its own (tls/).
. "$(dirname "$0")/lib.sh"

start_sink
port=${LP_SINK##*:}
if cc -O1 -o "$WORK/mbedtls" "$E2E/tls/mbedtls.c" -lmbedtls -lmbedx509 -lmbedcrypto 2>"$WORK/cc.err"; then
    "$RUN" --ebpf=off --quiet --strict -o "$WORK/mbedtls.json" -- "$WORK/mbedtls" "$port" >"$WORK/out" 2>"$WORK/err"
    check "Mbed TLS: exit status" test $? = 0
    for want in s3:GetObject arn:aws:s3:::lp-mbed/one s3:DeleteObject arn:aws:s3:::lp-mbed/two; do
        check "Mbed TLS: $want" grep -q "\"$want\"" "$WORK/mbedtls.json"
    done
else
    skip "Mbed TLS" "no libmbedtls-dev here"
fi
done_testing
