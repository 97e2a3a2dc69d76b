# ipsecd/ikeproc
