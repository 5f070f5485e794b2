module fork

go 1.17
