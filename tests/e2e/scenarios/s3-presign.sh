# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# A presigned URL needs no call to make and is charged to its signer when it is fetched.
ways="tls http proxy"
calls=1

setup() {
    aws s3 mb s3://lp-in
    echo one | aws s3 cp - s3://lp-in/dir/a.txt
}

client() {
    curl -fsS "$(aws s3 presign s3://lp-in/dir/a.txt)" >got
    [ "$(cat got)" = one ]
}
