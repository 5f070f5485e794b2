# SPDX-License-Identifier: MIT
"""Loads the library argv[1], written in Go, and puts objects with it: from four threads, then after
it started a program; and one with boto3 beside it. Prints what the program said."""
import ctypes
import os
import subprocess
import sys
import threading

import boto3

SDK = boto3.client("s3")
SDK.put_object(Bucket="lp-in", Key="sdk/before", Body=b"x")
LIB = ctypes.CDLL(sys.argv[1])


def put(key):
    if LIB.Put(f"{os.environ['LP_EMU_TLS']}/lp-in/lib/{key}".encode()):
        os._exit(1)


threads = [threading.Thread(target=put, args=(i,)) for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(subprocess.run(["sh", "-c", "echo child"], check=True, capture_output=True, text=True).stdout, end="")
put("last")
SDK.put_object(Bucket="lp-in", Key="sdk/after", Body=b"x")
