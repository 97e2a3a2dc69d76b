# tests/monitor
