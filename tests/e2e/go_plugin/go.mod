module leastpriv/tests/e2e/go_plugin

go 1.18
