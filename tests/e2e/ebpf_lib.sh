# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of the eBPF probe share besides lib.sh: a server that counts what it is sent.

# A library with nothing in it stands for the shim: the probe alone.
alone() {
    cc -shared -o "$WORK/empty.so" -x c /dev/null
    export LEASTPRIV_LIB=$WORK/empty.so
}

# The server's port is in PORT, and its authority's certificate in CA.
serve() {
    export CA=$WORK/ca.pem PORT
    cp "$LP_EMU_CA" "$CA"
    rm -f sink
    exec {server}> >(exec "$BUILD/tests/bench/server" "$BUILD/tls/server.pem" "$BUILD/tls/server.key" >sink)
    await_port sink || return
    PORT=$(cat sink)
}

# The server ends, and has said how many requests it was sent: as MADE.
end_server() {
    exec {server}>&-
    # shellcheck disable=SC2016
    timeout 20 sh -c 'until [ "$(wc -l <sink)" = 2 ]; do sleep 0.05; done'
    # shellcheck disable=SC2034
    MADE=$(tail -n 1 sink)
}
