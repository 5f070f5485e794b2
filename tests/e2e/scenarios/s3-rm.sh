# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=4

setup() {
    aws s3 mb s3://lp-in
    for k in a.txt dir/b.txt dir/c.txt; do echo x | aws s3 cp - "s3://lp-in/$k"; done
}

client() {
    aws s3 rm s3://lp-in/a.txt                       # DeleteObject
    aws s3 rm --recursive s3://lp-in/dir/            # ListObjectsV2, 2 DeleteObject
}
