# tests/dataplane
ESP_TESTS = tests/dataplane/test_esp_xform
check_PROGRAMS += $(ESP_TESTS)
TESTS += $(ESP_TESTS)

ESP_TEST_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS) $(CRYPTO_CFLAGS) -pthread
ESP_TEST_LDADD = ipsecd/esp/libesp.a ipsecd/crypto/libipseccrypto.a \
	lib/libcommon.a $(CRYPTO_LIBS) $(CUNIT_LIBS)

tests_dataplane_test_esp_xform_SOURCES = tests/dataplane/test_esp_xform.c
tests_dataplane_test_esp_xform_CFLAGS = $(ESP_TEST_CFLAGS)
tests_dataplane_test_esp_xform_LDADD = $(ESP_TEST_LDADD)
check_PROGRAMS += tests/dataplane/test_wire
TESTS += tests/dataplane/test_wire

tests_dataplane_test_wire_SOURCES = tests/dataplane/test_wire.c
tests_dataplane_test_wire_CFLAGS = $(AM_CFLAGS) $(CUNIT_CFLAGS)
tests_dataplane_test_wire_LDADD = ipsecd/dataplane/libdataplane.a \
	ipsecd/crypto/libipseccrypto.a lib/libcommon.a $(CUNIT_LIBS)
