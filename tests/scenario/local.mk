# Run by tools/check: they need root, network namespaces and real peers.
EXTRA_DIST += \
	tests/scenario/lab/__init__.py \
	tests/scenario/lab/capture.py \
	tests/scenario/lab/core.py \
	tests/scenario/lab/swan.py \
	tests/scenario/lab/topology.py \
	tests/scenario/swan_pair.py
