#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""3,200 calls at once: 64 threads in this process, 25 calls each, and 16 processes beside them, 100
calls each. Every call has a key of its own: n/0 to n/3199."""
import multiprocessing
import threading

import boto3
from botocore.config import Config

THREADS, PER_THREAD, PROCESSES, PER_PROCESS = 64, 25, 16, 100


def put(s3, start, n, failures):
    try:
        for i in range(start, start + n):
            s3.put_object(Bucket="lp-in", Key=f"n/{i}", Body=b"x")
    except Exception as error:  # pylint: disable=broad-except
        failures.append(error)


def process(start):
    failures = []
    put(boto3.client("s3"), start, PER_PROCESS, failures)
    raise SystemExit(len(failures))


if __name__ == "__main__":
    base = THREADS * PER_THREAD
    children = [multiprocessing.Process(target=process, args=(base + i * PER_PROCESS,)) for i in range(PROCESSES)]
    for child in children:
        child.start()
    failed = []
    shared = boto3.client("s3", config=Config(max_pool_connections=THREADS))
    threads = [threading.Thread(target=put, args=(shared, i * PER_THREAD, PER_THREAD, failed)) for i in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for child in children:
        child.join()
        if child.exitcode:
            failed.append(f"process: {child.exitcode}")
    if failed:
        raise SystemExit(f"{len(failed)} failed, the first with: {failed[0]}")
