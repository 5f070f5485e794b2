// SPDX-License-Identifier: MIT

// The calls of ebpf.t and ptrace.t, signed and sent with nothing but Go's own library: a program that
// no preload can enter.
//
//	(no argument)       five calls
//	GOROUTINES CALLS    that many DynamoDB reads
//	GOROUTINES CALLS N  that many uploads of N bytes, each goroutine to an object of its own
//	exec                one call; then it gives way to itself with no argument
//	child               one call, while it starts itself twice for four reads each
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// sign adds what Signature Version 4 asks for.
func sign(r *http.Request, body []byte, service, region string) {
	now := time.Now().UTC().Format("20060102T150405Z")
	r.Header.Set("X-Amz-Date", now)
	r.Header.Set("X-Amz-Content-Sha256", digest(body))
	names := []string{"host"}
	for name := range r.Header {
		names = append(names, strings.ToLower(name))
	}
	sort.Strings(names)
	canonical := r.Method + "\n" + r.URL.EscapedPath() + "\n" + r.URL.Query().Encode() + "\n"
	for _, name := range names {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.URL.Host
		}
		canonical += name + ":" + value + "\n"
	}
	signed := strings.Join(names, ";")
	canonical += "\n" + signed + "\n" + digest(body)
	scope := now[:8] + "/" + region + "/" + service + "/aws4_request"
	key := []byte("AWS4" + os.Getenv("AWS_SECRET_ACCESS_KEY"))
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	signature := mac(key, "AWS4-HMAC-SHA256\n"+now+"\n"+scope+"\n"+digest([]byte(canonical)))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+os.Getenv("AWS_ACCESS_KEY_ID")+"/"+
		scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(signature))
}

func main() {
	emulator, err := url.Parse(os.Getenv("LP_EMU_TLS"))
	if err != nil {
		panic(err)
	}
	// AWS's own host names, at the emulator's address.
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, emulator.Host)
		},
	}}
	call := func(service, method, where string, body []byte, headers ...string) []byte {
		r, err := http.NewRequest(method, where, bytes.NewReader(body))
		if err != nil {
			panic(err)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		sign(r, body, service, "us-east-1")
		answer, err := client.Do(r)
		if err != nil {
			panic(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != 200 {
			panic(fmt.Sprint(where, ": ", answer.Status, " ", string(text), err))
		}
		return text
	}
	read := func() {
		call("dynamodb", "POST", "https://dynamodb.us-east-1.amazonaws.com/",
			[]byte(`{"TableName":"lp-table","Key":{"id":{"S":"1"}}}`),
			"Content-Type", "application/x-amz-json-1.0", "X-Amz-Target", "DynamoDB_20120810.GetItem")
	}
	if len(os.Args) >= 3 { // they move between threads and share connections
		goroutines, _ := strconv.Atoi(os.Args[1])
		calls, _ := strconv.Atoi(os.Args[2])
		work := func(int) { read() }
		if len(os.Args) > 3 {
			n, _ := strconv.Atoi(os.Args[3])
			body := bytes.Repeat([]byte("u"), n)
			work = func(i int) {
				call("s3", "PUT", fmt.Sprint("https://lp-in.s3.us-east-1.amazonaws.com/many/", i), body)
			}
		}
		var all sync.WaitGroup
		for i := 0; i < goroutines; i++ {
			all.Add(1)
			go func(i int) {
				defer all.Done()
				for k := 0; k < calls; k++ {
					work(i)
				}
			}(i)
		}
		all.Wait()
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "exec" {
		read()
		panic(syscall.Exec("/proc/self/exe", os.Args[:1], os.Environ()))
	}
	if len(os.Args) == 2 && os.Args[1] == "child" {
		var children [2]*exec.Cmd
		for i := range children {
			children[i] = exec.Command("/proc/self/exe", "1", "4")
			if err := children[i].Start(); err != nil {
				panic(err)
			}
		}
		read()
		for _, c := range children {
			if err := c.Wait(); err != nil {
				panic(err)
			}
		}
		return
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 3<<16)
	call("s3", "PUT", "https://lp-in.s3.us-east-1.amazonaws.com/dir/a.txt", large)
	if !bytes.Equal(call("s3", "GET", "https://s3.us-east-1.amazonaws.com/lp-in/dir/a.txt", nil), large) {
		panic("another body than was put")
	}
	call("s3", "GET", "https://lp-in.s3.us-east-1.amazonaws.com/?list-type=2", nil)
	call("sts", "POST", "https://sts.us-east-1.amazonaws.com/",
		[]byte("Action=GetCallerIdentity&Version=2011-06-15"),
		"Content-Type", "application/x-www-form-urlencoded")
	read()
}
