# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# An SDK that nothing can be seen of but its client-side monitoring datagrams; nobody listens.
ways="http"
calls=5

setup() { :; }

client() { python "$E2E/clients/csm.py"; }
