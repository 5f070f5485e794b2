# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Node carries its OpenSSL inside; the calls of curl-sigv4 with nothing but its own modules.
ways="tls"
options=(--ebpf=off)
calls=5

skip_why() { command -v node >/dev/null || echo "no node here"; }

setup() {
    aws s3 mb s3://lp-in
    aws dynamodb create-table --table-name lp-table --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH
}

client() {
    NODE_EXTRA_CA_CERTS=$LP_EMU_CA node "$E2E/ebpf_node.js"
}
