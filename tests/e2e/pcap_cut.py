#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pcap_cut.py IN OUT EVERY [FIRST]: a capture of IPv4 on Ethernet (pcap of this machine's byte order) without every EVERYth
packet that carries data, and without what was sent once more of it: on a busy machine TCP retransmits on loopback, too."""
import struct
import sys

data = open(sys.argv[1], "rb").read()
every, first = int(sys.argv[3]), int(sys.argv[4]) if len(sys.argv) > 4 else 0
out, at, n, removed = [data[:24]], 24, first, set()
while at + 16 <= len(data):
    size = 16 + struct.unpack_from("=I", data, at + 8)[0]
    if size > 200:    # one that carries data
        sent = data[at + 16 + 26:at + 16 + 42]    # addresses, ports and sequence number
        n += 1
        if not n % every:
            removed.add(sent)
    if size <= 200 or sent not in removed:
        out.append(data[at:at + size])
    at += size
open(sys.argv[2], "wb").write(b"".join(out))
