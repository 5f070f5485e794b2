# SPDX-License-Identifier: MIT
"""libcurl as Debian builds it with NSS: the s3 part of sdk.py."""
import ctypes
import os

URL, KEY = os.environ["LP_EMU_TLS"] + "/lp-sdk", "in/a.txt"
# From curl/curl.h: numbers of options are part of its ABI.
CUSTOMREQUEST, COPYPOSTFIELDS, SIGV4, USERPWD, ADDRESS = 10036, 10165, 10305, 10005, 10002
VERIFYPEER, VERIFYHOST, FAILONERROR = 64, 81, 45

curl = ctypes.CDLL("libcurl-nss.so.4")
curl.curl_easy_init.restype = ctypes.c_void_p
handle = ctypes.c_void_p(curl.curl_easy_init())


def option(number, value):
    if isinstance(value, str):
        value = ctypes.c_char_p(value.encode())
    else:
        value = ctypes.c_long(value)
    assert curl.curl_easy_setopt(handle, ctypes.c_int(number), value) == 0


def call(method, url, body=None):
    curl.curl_easy_reset(handle)
    option(ADDRESS, url)
    option(CUSTOMREQUEST, method)
    option(SIGV4, "aws:amz:us-east-1:s3")
    option(USERPWD, os.environ["AWS_ACCESS_KEY_ID"] + ":" + os.environ["AWS_SECRET_ACCESS_KEY"])
    # Its certificates would have to be in a database of NSS's own.
    option(VERIFYPEER, 0)
    option(VERIFYHOST, 0)
    option(FAILONERROR, 1)
    if body:
        option(COPYPOSTFIELDS, body)
    result = curl.curl_easy_perform(handle)
    assert result == 0, result


call("PUT", URL)
call("PUT", f"{URL}/{KEY}", "a line of an object\n")
call("GET", f"{URL}/{KEY}")
call("GET", f"{URL}?list-type=2&prefix=in%2F")
call("DELETE", f"{URL}/{KEY}")
