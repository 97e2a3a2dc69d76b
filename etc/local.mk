# etc: units of systemd
UNITS = etc/culvert-confd.service etc/culvert-ipsecd.service
EXTRA_DIST += etc/culvert-confd.service.in etc/culvert-ipsecd.service.in
CLEANFILES += $(UNITS)
if SYSTEMD
systemdsystemunit_DATA = $(UNITS)
endif
check_DATA += $(UNITS)

$(UNITS): %.service: $(top_srcdir)/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && sed 's|@sbindir[@]|$(sbindir)|' $(top_srcdir)/$@.in >$@

# bash finds it there by the name of the command.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = etc/bash-completion/culvert
