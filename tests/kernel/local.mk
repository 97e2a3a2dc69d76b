EXTRA_DIST += tests/kernel/guest tests/kernel/scenarios
