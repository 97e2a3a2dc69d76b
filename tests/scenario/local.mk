# Run by tools/check: they need root, network namespaces and real peers.
