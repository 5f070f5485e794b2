#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""presign.py METHOD:BUCKET:KEY ... prints one presigned URL a line."""
import sys

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
for arg in sys.argv[1:]:
    method, bucket, key = arg.split(":", 2)
    print(s3.generate_presigned_url(f"{method}_object", Params={"Bucket": bucket, "Key": key}))
