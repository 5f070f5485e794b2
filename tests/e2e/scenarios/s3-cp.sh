# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Up, down, and from one bucket to another.
ways="tls http proxy"
calls=5

setup() {
    aws s3 mb s3://lp-in
    aws s3 mb s3://lp-out
}

client() {
    echo one >a.txt
    aws s3 cp a.txt s3://lp-in/dir/a.txt                  # PutObject
    aws s3 cp s3://lp-in/dir/a.txt b.txt                  # HeadObject, GetObject
    cmp a.txt b.txt
    aws s3 cp s3://lp-in/dir/a.txt s3://lp-out/c.txt      # HeadObject, CopyObject
}
