# tests/dataplane
ESP_TESTS = tests/dataplane/test_esp_control \
	tests/dataplane/test_esp_offload tests/dataplane/test_esp_replay \
	tests/dataplane/test_esp_table tests/dataplane/test_esp_threads \
	tests/dataplane/test_esp_xform
check_PROGRAMS += $(ESP_TESTS)
TESTS += $(ESP_TESTS)

EXTRA_DIST += tests/dataplane/esp_pair.py tests/dataplane/packets.h \
	tests/vectors/esp-scapy.py tests/vectors/esp-scapy.txt

ESP_TEST_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(CRYPTO_CFLAGS) -pthread
ESP_TEST_LDADD = ipsecd/esp/libesp.a ipsecd/crypto/libipseccrypto.a \
	lib/libcommon.a $(CRYPTO_LIBS) $(CUNIT_LIBS)

tests_dataplane_test_esp_control_SOURCES = tests/dataplane/test_esp_control.c
tests_dataplane_test_esp_control_CFLAGS = $(ESP_TEST_CFLAGS)
tests_dataplane_test_esp_control_LDADD = ipsecd/esp/libesp.a \
	ipsecd/dataplane/libdataplane.a $(ESP_TEST_LDADD)

tests_dataplane_test_esp_offload_SOURCES = tests/dataplane/test_esp_offload.c
tests_dataplane_test_esp_offload_CFLAGS = $(ESP_TEST_CFLAGS)
tests_dataplane_test_esp_offload_LDADD = $(ESP_TEST_LDADD)

tests_dataplane_test_esp_replay_SOURCES = tests/dataplane/test_esp_replay.c
tests_dataplane_test_esp_replay_CFLAGS = $(ESP_TEST_CFLAGS)
tests_dataplane_test_esp_replay_LDADD = $(ESP_TEST_LDADD)

tests_dataplane_test_esp_table_SOURCES = tests/dataplane/test_esp_table.c
tests_dataplane_test_esp_table_CFLAGS = $(ESP_TEST_CFLAGS)
tests_dataplane_test_esp_table_LDADD = $(ESP_TEST_LDADD)

tests_dataplane_test_esp_threads_SOURCES = tests/dataplane/test_esp_threads.c
tests_dataplane_test_esp_threads_CFLAGS = $(ESP_TEST_CFLAGS)
tests_dataplane_test_esp_threads_LDADD = ipsecd/esp/libesp.a \
	ipsecd/dataplane/libdataplane.a $(ESP_TEST_LDADD)

tests_dataplane_test_esp_xform_SOURCES = tests/dataplane/test_esp_xform.c
tests_dataplane_test_esp_xform_CFLAGS = $(ESP_TEST_CFLAGS)
tests_dataplane_test_esp_xform_LDADD = $(ESP_TEST_LDADD)

# With static keys, for esp_pair.py and the benchmark of throughput.
check_PROGRAMS += tests/dataplane/esp_driver
tests_dataplane_esp_driver_SOURCES = tests/dataplane/esp_driver.c
tests_dataplane_esp_driver_CFLAGS = $(AM_CFLAGS) $(LIBEVENT_CFLAGS) -pthread
tests_dataplane_esp_driver_LDADD = ipsecd/dataplane/libdataplane.a \
	ipsecd/esp/libesp.a ipsecd/dataplane/libdataplane.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a \
	$(LIBNL_LIBS) $(LIBEVENT_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/dataplane/test_wire
TESTS += tests/dataplane/test_wire

tests_dataplane_test_wire_SOURCES = tests/dataplane/test_wire.c
tests_dataplane_test_wire_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_dataplane_test_wire_LDADD = ipsecd/dataplane/libdataplane.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(CUNIT_LIBS)

check_PROGRAMS += tests/dataplane/test_xfrm
TESTS += tests/dataplane/test_xfrm

tests_dataplane_test_xfrm_SOURCES = tests/dataplane/test_xfrm.c
tests_dataplane_test_xfrm_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(LIBNL_CFLAGS)
tests_dataplane_test_xfrm_LDADD = ipsecd/dataplane/libdataplane.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(LIBNL_LIBS) \
	$(LIBEVENT_LIBS) $(CUNIT_LIBS)
