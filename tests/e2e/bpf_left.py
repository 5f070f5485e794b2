# SPDX-License-Identifier: MIT
"""bpf_left.py list PID: programs, maps and links that the process holds, a line each ("kind id").
bpf_left.py gone: those on stdin that the kernel still has after 10 s; status 1 when there are any.
bpf_left.py entries PID NAME: how many entries the process's map of this name has.
bpf_left.py may: status 0 where the kernel takes programs for probes from us."""
import contextlib
import ctypes
import os
import pathlib
import re
import struct
import sys
import time

SYS_BPF = 321  # x86-64
PROG_LOAD, KPROBE = 5, 2
NEXT_KEY, INFO_BY_FD = 4, 15
FD_BY_ID = {"prog": 13, "map": 14, "link": 30}  # enum bpf_cmd
libc = ctypes.CDLL(None, use_errno=True)


def open_id(kind, number):
    attr = ctypes.create_string_buffer(struct.pack("=III", number, 0, 0) + bytes(52))
    return libc.syscall(SYS_BPF, FD_BY_ID[kind], attr, len(attr))


def name_of(fd):
    info = ctypes.create_string_buffer(80)  # struct bpf_map_info: the name is at 24
    attr = ctypes.create_string_buffer(struct.pack("=IIQ", fd, len(info), ctypes.addressof(info)) + bytes(48))
    libc.syscall(SYS_BPF, INFO_BY_FD, attr, len(attr))
    return info.raw[24:40].rstrip(b"\0").decode()


def entries(fd):
    """Of a map whose keys have 4 bytes."""
    key, number, first = ctypes.create_string_buffer(4), 0, 0
    while True:
        attr = ctypes.create_string_buffer(struct.pack("=IIQQ", fd, 0, first, ctypes.addressof(key)) + bytes(40))
        if libc.syscall(SYS_BPF, NEXT_KEY, attr, len(attr)):
            return number
        number, first = number + 1, ctypes.addressof(key)


def exists(kind, number):
    fd = open_id(kind, number)
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def may():
    code = ctypes.create_string_buffer(bytes.fromhex("b700000000000000" "9500000000000000"))  # r0 = 0; exit
    licence = ctypes.create_string_buffer(b"GPL")
    attr = ctypes.create_string_buffer(struct.pack("=IIQQ", KPROBE, 2, ctypes.addressof(code), ctypes.addressof(licence)) +
                                       bytes(104))
    fd = libc.syscall(SYS_BPF, PROG_LOAD, attr, len(attr))
    return fd >= 0


def held(pid):
    found = set()
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            # A link's file names its program as well: that is one of these, too.
            found |= set(re.findall(r"^(prog|map|link)_id:\s*(\d+)", info.read_text(), re.M))
    return sorted(found)


if sys.argv[1] == "may":
    sys.exit(not may())
if sys.argv[1] == "entries":
    maps = [open_id(kind, int(number)) for kind, number in held(sys.argv[2]) if kind == "map"]
    print(*[entries(fd) for fd in maps if name_of(fd) == sys.argv[3]])
    sys.exit()
if sys.argv[1] == "list":
    for entry in held(sys.argv[2]):
        print(*entry)
    sys.exit()
left = [line.split() for line in sys.stdin]
end = time.monotonic() + 10
while left and time.monotonic() < end:
    left = [(kind, number) for kind, number in left if exists(kind, int(number))]
    if left:
        time.sleep(0.1)
for entry in left:
    print("# left:", *entry)
sys.exit(bool(left))
