# SPDX-License-Identifier: MIT
"""awscrt's own TLS (s2n) and HTTP from Python, as CRT transfers use them: the s3 part of sdk.py."""
import os
import urllib.parse

from awscrt import auth, http, io

HOST = "s3.us-east-1.amazonaws.com"
BUCKET, KEY, BODY = "lp-sdk", "in/a.txt", b"a line of an object\n" * 1000

at = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL"])
options = io.TlsContextOptions()
options.override_default_trust_store_from_path(None, os.environ["LP_EMU_CA"])
tls = io.ClientTlsContext(options).new_connection_options()
tls.set_server_name(HOST)
loops = io.EventLoopGroup(1)
bootstrap = io.ClientBootstrap(loops, io.DefaultHostResolver(loops))
keys = auth.AwsCredentialsProvider.new_static(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
conn = http.HttpClientConnection.new(at.hostname, at.port, bootstrap, tls_connection_options=tls).result(30)


def call(method, path, body=b""):
    request = http.HttpRequest(method, path, http.HttpHeaders([("Host", HOST), ("Content-Length", str(len(body)))]),
                               __import__("io").BytesIO(body) if body else None)
    auth.aws_sign_request(request, auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4, signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=keys, region="us-east-1", service="s3", use_double_uri_encode=False,
        signed_body_header_type=auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256)).result(30)
    got = {"body": b""}

    def on_body(chunk, **_):
        got["body"] += chunk

    stream = conn.request(request, on_response=lambda status_code, **_: got.update(status=status_code), on_body=on_body)
    stream.activate()
    stream.completion_future.result(30)
    assert got["status"] < 300, got
    return got["body"]


call("PUT", f"/{BUCKET}")
call("PUT", f"/{BUCKET}/{KEY}", BODY)
assert call("GET", f"/{BUCKET}/{KEY}") == BODY
assert b"<KeyCount>1</KeyCount>" in call("GET", f"/{BUCKET}?list-type=2&prefix=in%2F")
call("DELETE", f"/{BUCKET}/{KEY}")
conn.close().result(30)
