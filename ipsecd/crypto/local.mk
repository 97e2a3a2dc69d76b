# ipsecd/crypto
