# SPDX-License-Identifier: MIT
"""ebpf_text.py PID NAME: how many bytes of the code that the process has mapped from files of that name differ from
the file, as breakpoints do."""
import os
import re
import sys

pid, name = sys.argv[1:]
memory, found = os.open(f"/proc/{pid}/mem", os.O_RDONLY), 0
for line in open(f"/proc/{pid}/maps"):
    place = re.match(r"([0-9a-f]+)-([0-9a-f]+) r-xp ([0-9a-f]+) \S+ \d+ +(/.*)", line)
    if place and name in os.path.basename(place[4]):
        start, end, offset = (int(place[i], 16) for i in (1, 2, 3))
        file = os.open(place[4], os.O_RDONLY)
        code, text = os.pread(file, end - start, offset), os.pread(memory, end - start, start)
        found += sum(a != b for a, b in zip(code, text))
print(found)
