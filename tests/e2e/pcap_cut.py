#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pcap_cut.py IN OUT EVERY [FIRST]: a capture (pcap of this machine's byte order) without every EVERYth packet that carries data."""
import struct
import sys

data = open(sys.argv[1], "rb").read()
every, first = int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 0
out, at, n = [data[:24]], 24, first
while at + 16 <= len(data):
    size = 16 + struct.unpack_from("=I", data, at + 8)[0]
    n += size > 200    # one that carries data
    if n % every or size <= 200:
        out.append(data[at:at + size])
    at += size
open(sys.argv[2], "wb").write(b"".join(out))
