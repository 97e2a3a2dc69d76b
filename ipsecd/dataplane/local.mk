# ipsecd/dataplane
