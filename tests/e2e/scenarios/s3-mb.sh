# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=1

setup() { :; }

client() { aws s3 mb s3://lp-made --region eu-west-1; }
