module leastpriv/tests/e2e/ptrace_go

go 1.18
