# tests/crypto
