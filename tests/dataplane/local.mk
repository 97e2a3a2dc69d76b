# tests/dataplane
