#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Eight threads, each with a client of its own, each with two keys: put, get, delete."""
import threading

import boto3

failures = []


def work(i):
    try:
        s3 = boto3.session.Session().client("s3")
        for name in (f"t{i}/a", f"t{i}/b"):
            s3.put_object(Bucket="lp-in", Key=name, Body=b"x" * 1000)
            assert s3.get_object(Bucket="lp-in", Key=name)["Body"].read() == b"x" * 1000
            s3.delete_object(Bucket="lp-in", Key=name)
    except Exception as error:  # pylint: disable=broad-except
        failures.append(error)


threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
if failures:
    raise failures[0]
