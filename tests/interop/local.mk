# Run by tools/interop: they need root, peers and a guest kernel.
EXTRA_DIST += \
	tests/interop/cells.py \
	tests/interop/cert_cells.py \
	tests/interop/certificates.py \
	tests/interop/column.py \
	tests/interop/pairing.py
