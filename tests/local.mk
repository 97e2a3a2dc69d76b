# Each folder of tests is named like what it tests and lists its own programs.
include tests/lib/local.mk
include tests/pki/local.mk
include tests/crypto/local.mk
include tests/ike/local.mk
include tests/confd/local.mk
include tests/cli/local.mk
include tests/pair/local.mk
include tests/sim/local.mk
include tests/dataplane/local.mk
include tests/fetch/local.mk
include tests/monitor/local.mk
include tests/keys/local.mk
include tests/scenario/local.mk
include tests/kernel/local.mk
include tests/interop/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
