#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""For each line on stdin: uploads that many bytes by one put_object and prints the nanoseconds."""
import sys
import time

import boto3


class Zeros:
    """A file of `size` zero bytes, without the disk."""

    def __init__(self, size):
        self.size, self.at = size, 0

    def read(self, n=-1):
        left = self.size - self.at
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
    start = time.monotonic_ns()
    s3.put_object(Bucket="bench", Key="big", Body=Zeros(int(line)))
    print(time.monotonic_ns() - start, flush=True)
