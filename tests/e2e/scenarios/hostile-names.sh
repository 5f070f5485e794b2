# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Names and bodies that look like something else. (The emulator knows no key with a newline.)
ways="sink"
calls=12

setup() { :; }

client() { python "$E2E/clients/hostile.py"; }
