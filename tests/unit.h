/*
 * unit: the frame of a CUnit program: one suite, its tests in a table, failures
 * printed, exit status 1 if any.
 */
#ifndef CULVERT_TESTS_UNIT_H
#define CULVERT_TESTS_UNIT_H

#include <stdio.h>

#include <CUnit/Basic.h>

struct unit_test {
	const char	*name;
	void		(*run)(void);
};

/* Like CU_ASSERT, for a row of a table: a failure prints the row's line. */
#define CHECK_ROW(line, cond) do { \
	int row_ok_ = (cond) ? 1 : 0; \
 \
	if (!row_ok_) \
		printf("\n    row at line %d: %s\n", (line), #cond); \
	CU_ASSERT(row_ok_); \
} while (0)

static inline int
unit_run(const char *suite, const struct unit_test *tests, size_t n)
{
	CU_pSuite s;
	unsigned int failures;
	size_t i;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite(suite, NULL, NULL);
	for (i = 0; s != NULL && i < n; i++)
		if (CU_add_test(s, tests[i].name, tests[i].run) == NULL)
			s = NULL;
	if (s == NULL) {
		fprintf(stderr, "%s: %s\n", suite, CU_get_error_msg());
		CU_cleanup_registry();
		return 1;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures != 0;
}

#define UNIT_MAIN(suite, ...) \
int \
main(void) \
{ \
	static const struct unit_test tests[] = { __VA_ARGS__ }; \
	return unit_run(suite, tests, sizeof(tests) / sizeof(tests[0])); \
}

#endif
