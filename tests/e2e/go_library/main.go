// SPDX-License-Identifier: MIT

// A library written in Go, as plug-ins of log shippers and databases are, that C programs load.
package main

import "C"

import (
	"io"
	"net/http"
	"strings"
)

// Put puts an object of 1000 bytes by a signed request, whose signature nobody looks at; 0: done.
//
//export Put
func Put(url *C.char) C.int {
	req, err := http.NewRequest("PUT", C.GoString(url), strings.NewReader(strings.Repeat("x", 1000)))
	if err != nil {
		return 1
	}
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/us-east-1/s3/aws4_request, "+
		"SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 2
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		return 3
	}
	return 0
}

func main() {}
