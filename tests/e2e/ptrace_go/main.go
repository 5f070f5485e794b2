// SPDX-License-Identifier: MIT

// A debugger as Go programs are debuggers: it traces the command that it is given, passes its signals
// on, counts its system calls and ends with its status.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	runtime.LockOSThread() // one thread traces
	c := exec.Command(os.Args[1], os.Args[2:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := c.Start(); err != nil {
		panic(err)
	}
	var status syscall.WaitStatus
	calls := 0
	for sig := 0; ; {
		if _, err := syscall.Wait4(c.Process.Pid, &status, 0, nil); err != nil {
			panic(err)
		}
		if status.Exited() {
			break
		}
		if sig = int(status.StopSignal()); sig == int(syscall.SIGTRAP) {
			calls++
			sig = 0
		}
		// Another thread may end the program at any moment; the next wait tells.
		if err := syscall.PtraceSyscall(c.Process.Pid, sig); err != nil && err != syscall.ESRCH {
			panic(err)
		}
	}
	if calls == 0 {
		panic("it was not traced")
	}
	fmt.Println("traced")
	os.Exit(status.ExitStatus())
}
