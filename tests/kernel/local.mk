# tests/kernel
