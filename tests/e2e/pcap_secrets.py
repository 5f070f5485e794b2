#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pcap_secrets.py IN KEYS OUT: a capture (pcap of this machine's byte order) as a pcapng file that holds the key log, too, as
`editcap --inject-secrets tls,KEYS` would write it. Every second packet is of another interface: no Ethernet, another length."""
import struct
import sys

data, keys = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb").read()


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("=II", kind, 12 + len(body)) + body + struct.pack("=I", 12 + len(body))


out = [block(0x0A0D0D0A, struct.pack("=IHHq", 0x1A2B3C4D, 1, 0, -1)),
       block(1, struct.pack("=HHI", struct.unpack_from("=I", data, 20)[0], 0, 0)),
       block(1, struct.pack("=HHI", 101, 0, 65535)),
       block(10, struct.pack("=II", 0x544C534B, len(keys)) + keys)]
at = 24
while at + 16 <= len(data):
    sec, usec, size, wire = struct.unpack_from("=IIII", data, at)
    time = sec * 1000000 + usec
    raw = len(out) % 2
    out.append(block(6, struct.pack("=IIIII", raw, time >> 32, time & 0xFFFFFFFF, size - 14 * raw, wire - 14 * raw) +
                     data[at + 16 + 14 * raw:at + 16 + size]))
    at += 16 + size
open(sys.argv[3], "wb").write(b"".join(out))
