# man
dist_man_MANS += man/ipsecd.8
