# tests/confd
