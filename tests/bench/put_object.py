#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""For each line on stdin: uploads that many bytes by one put_object and prints the nanoseconds. After "SIZE PART" it
does so for each part as well, and goes on with the next one at the next line."""
import sys
import time

import boto3


class Zeros:
    """A file of `size` zero bytes, without the disk. At the end of each `part` it tells `pause`."""

    def __init__(self, size, part, pause):
        self.size, self.at, self.part, self.pause, self.told = size, 0, part, pause, 0

    def read(self, n=-1):
        left = self.size - self.at
        if left and self.at >= self.told + self.part:
            self.told += self.part
            self.pause()
        n = left if n is None or n < 0 else min(n, left)
        self.at += n
        return bytes(n)

    def seek(self, to, whence=0):
        self.at = to + (0, self.at, self.size)[whence]
        return self.at

    def tell(self):
        return self.at


s3 = boto3.client("s3")
for line in sys.stdin:
    size, part = (line.split() * 2)[:2]
    start = time.monotonic_ns()

    def pause():
        global start
        print(time.monotonic_ns() - start, flush=True)
        sys.stdin.readline()
        start = time.monotonic_ns()

    s3.put_object(Bucket="bench", Key="big", Body=Zeros(int(size), int(part), pause))
    print(time.monotonic_ns() - start, flush=True)
