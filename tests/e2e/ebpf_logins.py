# SPDX-License-Identifier: MIT
"""Logins of IAM within the messages of PostgreSQL, MySQL, Redis, Kafka, SMTP and CQL, over TLS to URL; each followed by one that
holds the same token and is none."""
import base64
import socket
import ssl
import struct
import sys
from urllib.parse import urlsplit

KEY = "AKIAIOSFODNN7EXAMPLE"


def token(host, query, service):
    return (f"{host}/?Action={query}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY}%2F20261124%2Fus-east-1%2F{service}"
            "%2Faws4_request&X-Amz-Date=20261124T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "5e" * 32).encode()


def postgresql(text, kind=b"p"):
    return kind + struct.pack(">I", 4 + len(text) + 1) + text + b"\0"


def mysql(text, number=3):
    return struct.pack("<I", len(text) + 1)[:3] + bytes([number]) + text + b"\0"


def redis(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def kafka(text, key=36):
    body = struct.pack(">HHI", key, 1, 1) + b"\0\2lp" + struct.pack(">I", len(text)) + text
    return struct.pack(">I", len(body)) + body


def cql(text, opcode=15):
    return struct.pack(">BBHBII", 4, 0, 1, opcode, 4 + len(text), len(text)) + text


db = token("db.abc.us-east-1.rds.amazonaws.com:5432", "connect&DBUser=pg", "rds-db")
other_db = token("db.abc.us-east-1.rds.amazonaws.com:3306", "connect&DBUser=my", "rds-db")
cache = token("lp-cache", "connect&User=lp", "elasticache")
broker = b"n,,\1auth=Bearer " + base64.urlsafe_b64encode(
    b"https://" + token("kafka.us-east-1.amazonaws.com", "kafka-cluster%3AConnect", "kafka-cluster")) + b"\1\1"

keyspaces = b"signature=" + b"5e" * 32 + b",access_key=" + KEY.encode() + b",amzdate=2026-11-24T00:00:00.000Z"
mail = base64.b64encode(b"\0" + KEY.encode() + b"\0" + b"secret" * 7)
user = base64.b64encode(KEY.encode())

url = urlsplit(sys.argv[1])
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
for login, none in ((postgresql(db), postgresql(b"select '" + db + b"'", b"Q")),
                    (mysql(other_db), mysql(b"select '" + other_db + b"'", 0)),
                    (redis(b"HELLO", b"3", b"AUTH", b"lp", cache), redis(b"SET", b"lp", cache)),
                    (kafka(broker), kafka(broker, 0)), (cql(keyspaces), cql(keyspaces, 7)),
                    (b"AUTH PLAIN " + mail + b"\r\n", b"HELP " + mail + b"\r\n"), (mail + b"\r\n", b"\r\n"),
                    (b"auth login " + user + b"\r\n", b"\r\n"), (user + b"\r\n", b"\r\n")):
    with context.wrap_socket(socket.create_connection((url.hostname, url.port))) as s:
        s.sendall(login)
        s.sendall(none)
