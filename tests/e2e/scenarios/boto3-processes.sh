# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Workers by fork and by spawn.
ways="tls http"
calls=24

setup() {
    aws dynamodb create-table --table-name lp-table --billing-mode PAY_PER_REQUEST \
        --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH
}

client() { python "$E2E/clients/processes.py"; }
