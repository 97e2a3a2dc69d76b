# tests/confd
EXTRA_DIST += tests/confd/client.py
