# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of this folder share: the emulator's three ways in, an account, TAP.
# Started by `make e2e` or `make check`; by hand: build/venv/bin/python tests/e2e/emulator -- tests/e2e/X.t

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. scripts/checks/tap.sh
: "${BUILD:=build}"
BUILD=$(cd "$BUILD" && pwd) || exit 1
export BUILD
E2E=$PWD/tests/e2e
RUN=${RUN:-$BUILD/leastpriv-run}
export E2E RUN PATH="$BUILD/venv/bin:$PATH"

if [ -z "${LP_EMU_TLS:-}" ]; then
    exec "$BUILD/venv/bin/python" "$E2E/emulator" --state "$BUILD/tls" -- "$0" "$@"
fi

# The key id says account 123456789012, which is also the emulator's; a secret that is easy to find
# again where it must not be.
export AWS_ACCESS_KEY_ID=AKIARZPUZDIKAMBVUEID
export AWS_SECRET_ACCESS_KEY=lpSecretLpSecretLpSecretLpSecretLpSecret0
export AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_CA_BUNDLE=$LP_EMU_CA CURL_CA_BUNDLE=$LP_EMU_CA SSL_CERT_FILE=$LP_EMU_CA REQUESTS_CA_BUNDLE=$LP_EMU_CA
export AWS_MAX_ATTEMPTS=1 AWS_PAGER="" PYTHONDONTWRITEBYTECODE=1
unset AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION AWS_ENDPOINT_URL HTTPS_PROXY HTTP_PROXY https_proxy \
    http_proxy NO_PROXY no_proxy ALL_PROXY all_proxy LEASTPRIV_SOCKET

WORK=$(mktemp -d "${TMPDIR:-/tmp}/lp-e2e.XXXXXX")
export WORK
trap 'rm -rf "$WORK"' EXIT

# await_port FILE: waits until something stands in it; a server that cannot start never says its port.
await_port() {
    # shellcheck disable=SC2016
    timeout 20 sh -c 'until [ -s "$0" ]; do sleep 0.05; done' "$1"
}

# start_sink: a TLS server that answers 200 to whatever it is asked, for requests that the emulator
# refuses and for floods; LP_SINK is its URL. It ends with this shell.
start_sink() {
    [ -z "${LP_SINK:-}" ] || return 0
    # shellcheck disable=SC2034
    exec {sink_in}> >(exec "$BUILD/tests/bench/server" "$BUILD/tls/server.pem" "$BUILD/tls/server.key" >"$WORK/sink")
    await_port "$WORK/sink" || return
    LP_SINK="https://127.0.0.1:$(cat "$WORK/sink")"
    export LP_SINK
}

# use_way tls|http|proxy|sink: TLS or plain HTTP to an endpoint by address, TLS to AWS's own host
# names, or the sink.
use_way() {
    unset AWS_ENDPOINT_URL HTTPS_PROXY
    case $1 in
    tls) export AWS_ENDPOINT_URL=$LP_EMU_TLS ;;
    http) export AWS_ENDPOINT_URL=$LP_EMU_HTTP ;;
    proxy) export HTTPS_PROXY=$LP_EMU_PROXY ;;
    sink) start_sink && export AWS_ENDPOINT_URL=$LP_SINK ;;
    esac
    export WAY=$1
}

emulator_reset() {
    curl -sS -o /dev/null -X POST "$LP_EMU_HTTP/moto-api/reset"
}

# same NAME EXPECTED GOT: one test, byte for byte.
same() {
    local out
    if out=$(diff -u --label expected --label got "$2" "$3" 2>&1); then
        tap_result 0 "$1"
    else
        tap_result 1 "$1"
        printf '%s\n' "$out" | sed 's/^/# /'
    fi
}

# has_probe NAME: whether there is an eBPF probe here. If not, NAME is skipped, or has failed where the
# probe was built in and the kernel does take programs from us.
has_probe() {
    local why
    why=$("$RUN" -o "$WORK/none.json" --ebpf=on -- true 2>&1) && return 0
    if [ -s "$BUILD/gen/probe.bpf.o" ] && python3 "$E2E/bpf_left.py" may; then
        tap_result 1 "$1: ${why#leastpriv: }"
    else
        skip "$1" "${why#leastpriv: }"
    fi
    return 1
}
