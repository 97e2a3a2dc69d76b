# tests/fetch: downloads, from a server that does everything wrong
dist_check_SCRIPTS += tests/fetch/once.py
EXTRA_DIST += tests/fetch/hostile.py
TESTS += tests/fetch/once.py
