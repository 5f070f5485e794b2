# SPDX-License-Identifier: MIT
"""An instance metadata service, version 2: serves one role's credentials on a free port of the
loopback, which it prints, and ends with its standard input."""
import http.server
import json
import sys
import threading

ROLE, KEY = sys.argv[1:]
TOKEN = "lpImdsToken"
CREDENTIALS = {
    "Code": "Success", "LastUpdated": "2026-01-31T12:00:00Z", "Type": "AWS-HMAC", "AccessKeyId": KEY,
    "SecretAccessKey": "lpInstanceSecretLpInstanceSecretLpInst00", "Token": "lpInstanceSessionToken",
    "Expiration": "2099-01-31T18:00:00Z"}
PATH = "/latest/meta-data/iam/security-credentials/"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        self.answer(200 if self.path == "/latest/api/token" else 404, TOKEN)

    def do_GET(self):
        if self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            self.answer(401, "")
        elif self.path == PATH:
            self.answer(200, ROLE)
        elif self.path == PATH + ROLE:
            self.answer(200, json.dumps(CREDENTIALS, indent=2))
        else:
            self.answer(404, "")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
