# SPDX-License-Identifier: MIT
"""A server in this process that answers every request, and what a signed request to S3 has."""
import http.server
import threading

HEADERS = {"Host": "lp-in.s3.us-east-1.amazonaws.com", "Authorization":
           "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request, "
           "SignedHeaders=host, Signature=0"}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
