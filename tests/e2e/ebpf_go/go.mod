module leastpriv/tests/e2e/ebpf_go

go 1.18
