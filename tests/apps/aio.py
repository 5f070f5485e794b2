# SPDX-License-Identifier: MIT
"""TLS through memory BIOs (asyncio): the SSL object has no descriptor."""
import asyncio
import os
import ssl

SIGNED = ("Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/s3/"
          "aws4_request, SignedHeaders=host, Signature=5ec2e75169a70e5ec2e75169a70e\r\n")


async def one(i):
    ctx = ssl._create_unverified_context()
    r, w = await asyncio.open_connection("127.0.0.1", int(os.environ["V_TLS"]), ssl=ctx)
    for k in range(3):
        w.write(f"GET /aio/{i}-{k} HTTP/1.1\r\nHost: s3.amazonaws.com\r\n{SIGNED}\r\n".encode())
        await w.drain()
        await r.readuntil(b"\r\n\r\n")
        assert (await r.readline()) == f"GET /aio/{i}-{k} 0\n".encode()
    w.close()
    return 3


async def main():
    print(sum(await asyncio.gather(*[one(i) for i in range(10)])))

asyncio.run(main())
