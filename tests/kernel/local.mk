EXTRA_DIST += tests/kernel/guest
