# ipsecd/ike
