// SPDX-License-Identifier: MIT

//go:build plugin

package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Put puts an object by a signed request, whose signature nobody looks at.
func Put(url string) error {
	req, err := http.NewRequest("PUT", url, strings.NewReader("x"))
	if err != nil {
		return err
	}
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAMBVUEID/20260101/us-east-1/s3/aws4_request, "+
		"SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err = io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode != 200 {
		err = fmt.Errorf("%s", resp.Status)
	}
	return err
}
