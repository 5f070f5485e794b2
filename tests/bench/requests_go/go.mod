module leastpriv/tests/bench/requests_go

go 1.18
