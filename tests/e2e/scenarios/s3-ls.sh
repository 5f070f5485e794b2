# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=3

setup() {
    aws s3 mb s3://lp-in
    echo one | aws s3 cp - s3://lp-in/dir/a.txt
}

client() {
    aws s3 ls
    aws s3 ls s3://lp-in
    aws s3 ls s3://lp-in/dir/
}
