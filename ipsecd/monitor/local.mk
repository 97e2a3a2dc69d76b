# ipsecd/monitor
