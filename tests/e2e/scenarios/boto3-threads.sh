# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=48

setup() { aws s3 mb s3://lp-in; }

client() { python "$E2E/clients/many_threads.py"; }
