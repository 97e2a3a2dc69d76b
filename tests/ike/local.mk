# tests/ike
