# tests/pair
