# Run by tools/check: they need root, network namespaces and real peers.
EXTRA_DIST += \
	tests/scenario/lab/__init__.py \
	tests/scenario/lab/capture.py \
	tests/scenario/lab/core.py \
	tests/scenario/lab/culvert.py \
	tests/scenario/lab/ike.py \
	tests/scenario/lab/libreswan.py \
	tests/scenario/lab/net.py \
	tests/scenario/lab/openiked.py \
	tests/scenario/lab/peers.py \
	tests/scenario/lab/stream.py \
	tests/scenario/lab/swan.py \
	tests/scenario/lab/topology.py \
	tests/scenario/address.py \
	tests/scenario/bad_input.py \
	tests/scenario/childless.py \
	tests/scenario/culvert_pair.py \
	tests/scenario/fragments.py \
	tests/scenario/full_tunnel.py \
	tests/scenario/host_to_host.py \
	tests/scenario/ids.py \
	tests/scenario/ipv6.py \
	tests/scenario/kill_confd.py \
	tests/scenario/kill_ike.py \
	tests/scenario/link_trouble.py \
	tests/scenario/many.py \
	tests/scenario/nat.py \
	tests/scenario/no_clear.py \
	tests/scenario/ppk.py \
	tests/scenario/readme.py \
	tests/scenario/rekeys.py \
	tests/scenario/restart.py \
	tests/scenario/strongswan_initiator.py \
	tests/scenario/strongswan_responder.py \
	tests/scenario/suites.py \
	tests/scenario/swan_pair.py \
	tests/scenario/trap.py
