// SPDX-License-Identifier: MIT

// Five reads over a copy of crypto/tls under another path, where scripts/bootstrap.sh lays it: some
// programs bring a fork of it along. By a connection within another with an argument.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"

	tls "crypto/tls/copied"
)

// As of before it read itself.
type half struct{ *tls.UConn }

func (h half) Read(b []byte) (int, error) { return h.UConn.Conn.Read(b) }

func main() {
	emulator, err := url.Parse(os.Getenv("LP_EMU_TLS"))
	if err != nil {
		panic(err)
	}
	client := &http.Client{Transport: &http.Transport{
		DialTLS: func(string, string) (net.Conn, error) {
			c, err := tls.Dial("tcp", emulator.Host, &tls.Config{InsecureSkipVerify: true})
			if err != nil || len(os.Args) == 1 {
				return c, err
			}
			if u := (&tls.UConn{Conn: c}); os.Args[1] == "within" {
				return u, nil
			} else {
				return half{u}, nil
			}
		},
	}}
	for i := 0; i < 5; i++ {
		r, err := http.NewRequest("POST", "https://dynamodb.us-east-1.amazonaws.com/",
			bytes.NewReader([]byte(`{"TableName":"lp-table","Key":{"id":{"S":"1"}}}`)))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+os.Getenv("AWS_ACCESS_KEY_ID")+
			"/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
		answer, err := client.Do(r)
		if err != nil {
			panic(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != 200 {
			panic(fmt.Sprint(answer.Status, " ", string(text), err))
		}
	}
}
