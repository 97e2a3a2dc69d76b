# tests/fetch: downloads, from a server that does everything wrong
dist_check_SCRIPTS += tests/fetch/once.py tests/fetch/child.py
EXTRA_DIST += tests/fetch/hostile.py
# As root, else the second is skipped.
TESTS += tests/fetch/once.py tests/fetch/child.py
