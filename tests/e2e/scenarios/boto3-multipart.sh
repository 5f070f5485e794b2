# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# upload_file of 64 MiB: eight parts of 8 MiB from ten threads.
ways="tls http"
calls=10

setup() { aws s3 mb s3://lp-in; }

client() {
    truncate -s 64M big
    python -c 'import boto3; boto3.client("s3").upload_file("big", "lp-in", "dir/big.bin")'
}
