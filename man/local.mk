# man
dist_man_MANS += man/ipsecd.8 man/culvert-fetch.8
dist_man_MANS += man/culvert.1 man/culvert-config.5 man/culvert-commands.1
dist_man_MANS += man/confd.8 man/culvert-certificates.7
