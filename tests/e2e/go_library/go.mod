module leastpriv/tests/e2e/go_library

go 1.18
