# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=8

setup() { aws s3 mb s3://lp-site; }

client() {
    mkdir -p www/css
    echo index >www/index.html
    echo style >www/css/a.css
    echo space >"www/two words+plus.txt"
    aws s3 sync www s3://lp-site/pub        # ListObjectsV2, 3 PutObject
    rm -r www
    aws s3 sync s3://lp-site/pub www        # ListObjectsV2, 3 GetObject
}
