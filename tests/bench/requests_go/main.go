// SPDX-License-Identifier: MIT

// For tests/bench/run, a line at a time, answered with the nanoseconds that it took:
//
//	aws N    N signed requests over one kept-alive TLS connection
//	quiet N  N rounds of work without TLS: system calls, goroutines that wait for each other, arithmetic
//	exec N   another thread than the first runs this program anew, for "aws N"
//
//	requests_go PORT CA
package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func anew() {
	runtime.LockOSThread()
	if syscall.Gettid() == os.Getpid() {
		go anew() // cannot be here
		select {}
	}
	check(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

func main() {
	ca, err := os.ReadFile(os.Args[2])
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	request, err := http.NewRequest("GET", "https://127.0.0.1:"+os.Args[1]+"/lp-bench/key", nil)
	check(err)
	request.Header.Set("X-Amz-Date", "20261125T000000Z")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261125/us-east-1/s3/aws4_request, "+
		"SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64))
	block := make([]byte, 4096)
	there, back := make(chan byte), make(chan byte)
	go func() {
		for b := range there {
			back <- b
		}
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var kind string
		var n int
		_, err := fmt.Sscan(lines.Text(), &kind, &n)
		check(err)
		if kind == "exec" {
			from, to, err := os.Pipe()
			check(err)
			_, err = fmt.Fprintln(to, "aws", n)
			check(err)
			check(to.Close())
			check(syscall.Dup2(int(from.Fd()), 0))
			go anew()
			select {}
		}
		start := time.Now()
		for ; n > 0; n-- {
			if kind == "quiet" {
				_, err = os.Stat("/")
				check(err)
				there <- 1
				block[0] = <-back
				sum := sha256.Sum256(block)
				copy(block, sum[:])
				continue
			}
			answer, err := client.Do(request)
			check(err)
			_, err = io.Copy(io.Discard, answer.Body)
			check(err)
			check(answer.Body.Close())
		}
		fmt.Println(time.Since(start).Nanoseconds())
	}
}
