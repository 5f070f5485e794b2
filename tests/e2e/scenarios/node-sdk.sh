# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# The AWS SDK for JavaScript in Node, which carries its OpenSSL inside.
ways="tls http"
options=(--ebpf=off)
calls=13

skip_why() { [ -d "$BUILD/node-sdk/node_modules" ] || echo "no AWS SDK for JavaScript here"; }

setup() {
    aws dynamodb create-table --table-name lp-table --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH
}

client() {
    AWS_REGION=us-east-1 NODE_EXTRA_CA_CERTS=$LP_EMU_CA node "$E2E/clients/node_sdk.js" "$BUILD/node-sdk"
}
