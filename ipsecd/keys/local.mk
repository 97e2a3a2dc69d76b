# ipsecd/keys
