// SPDX-License-Identifier: MIT

//go:build !plugin

// A Go program without TLS of its own; what it loads, a plug-in as gateways have them, brings it.
package main

import (
	"os"
	"plugin"
)

func main() {
	p, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	put, err := p.Lookup("Put")
	if err != nil {
		panic(err)
	}
	for _, url := range os.Args[2:] {
		if err := put.(func(string) error)(url); err != nil {
			panic(err)
		}
	}
}
