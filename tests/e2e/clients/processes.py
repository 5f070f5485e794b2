#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A pool of workers by fork and one by spawn; the forked ones inherit a connection that stays open."""
import multiprocessing

import boto3


def put(i):
    boto3.client("dynamodb").put_item(TableName="lp-table", Item={"id": {"S": str(i)}})
    return i


def get(i):
    client = boto3.client("dynamodb")
    return client.get_item(TableName="lp-table", Key={"id": {"S": str(i)}})["Item"]["id"]["S"]


if __name__ == "__main__":
    parent = boto3.client("dynamodb")
    parent.put_item(TableName="lp-table", Item={"id": {"S": "0"}})
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert sorted(pool.map(put, range(1, 12), chunksize=1)) == list(range(1, 12))
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(get, range(12), chunksize=2) == [str(i) for i in range(12)]
