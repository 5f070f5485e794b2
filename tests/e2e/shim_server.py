# SPDX-License-Identifier: MIT
"""The other end for the shim's victims: HTTP/1.1 with and without TLS on free loopback ports.

Answers every request with "METHOD PATH BODYLEN" and prints the two ports on its first line.
"""
import http.server
import ssl
import sys
import threading


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        text = f"{self.command} {self.path} {len(body)}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256

    def handle_error(self, *_):
        pass  # victims are killed in the middle of things


class TlsServer(Server):
    def finish_request(self, request, client_address):
        # Here, in the connection's own thread: a silent client must not hold up the others.
        super().finish_request(CONTEXT.wrap_socket(request, server_side=True), client_address)


CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(sys.argv[1], sys.argv[2])
plain = Server(("127.0.0.1", 0), Echo)
tls = TlsServer(("127.0.0.1", 0), Echo)
threading.Thread(target=plain.serve_forever, daemon=True).start()
print(plain.server_port, tls.server_port, flush=True)
tls.serve_forever()
