yangdir = $(datadir)/culvert/yang
dist_yang_DATA = \
	yang/culvert-certificate.yang \
	yang/culvert-extensions.yang \
	yang/culvert-operations.yang \
	yang/culvert-system.yang \
	yang/culvert-tunnel.yang
