# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# The bytes of signed requests, written by a program that knows GnuTLS and nothing of HTTP.
ways="tls"
calls=2

skip_why() { command -v gnutls-cli >/dev/null || echo "no gnutls-cli"; }

setup() {
    aws s3 mb s3://lp-in
    echo one | aws s3 cp - s3://lp-in/dir/a.txt
}

client() {
    python "$E2E/clients/rawrequests.py" s3.us-east-1.amazonaws.com GET:/lp-in/dir/a.txt DELETE:/lp-in/dir/a.txt >requests
    # Its status is 1 where a server ends TLS without saying so; the answers say what happened.
    { cat requests; sleep 1; } | gnutls-cli --x509cafile "$LP_EMU_CA" --port "${LP_EMU_TLS##*:}" \
        --logfile gnutls.log 127.0.0.1 >answers || true
    grep -q '^HTTP/1.1 200' answers
    grep -q '^HTTP/1.1 204' answers
}
