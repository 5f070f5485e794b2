# SPDX-License-Identifier: MIT
"""obstore, a client for S3 in Rust with rustls and aws-lc inside: the s3 part of sdk.py, less the bucket."""
import os

import obstore
from obstore.store import S3Store

KEY, BODY = "in/a.txt", b"a line of an object\n" * 1000
store = S3Store("lp-sdk", region="us-east-1", virtual_hosted_style_request=False,
                access_key_id=os.environ["AWS_ACCESS_KEY_ID"], secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
                client_options={"proxy_url": os.environ["LP_EMU_PROXY"], "allow_invalid_certificates": True},
                endpoint="https://s3.us-east-1.amazonaws.com")
obstore.put(store, KEY, BODY)
assert bytes(obstore.get(store, KEY).bytes()) == BODY
assert len(obstore.list(store, "in/").collect()) == 1
obstore.delete(store, KEY)
