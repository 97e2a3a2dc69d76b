/*
 * replay: runs a fuzz target over files instead of a fuzzer's inventions, so
 * that whatever was once found is tried again by every `make check`, with any
 * compiler.  Without arguments: the target's corpus in the source tree.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define INPUT_MAX	(1u << 20)

static int
run_file(const char *path)
{
	static uint8_t buf[INPUT_MAX];
	uint8_t *exact;
	size_t n;
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	/* Of exactly that size, for the sanitizer to see who reads beyond. */
	exact = malloc(n > 0 ? n : 1);
	if (exact == NULL)
		return 1;
	memcpy(exact, buf, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

static int
run_folder(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char path[1024];
	int bad = 0, n = 0;

	if (d == NULL) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return 1;
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		bad |= run_file(path);
		n++;
	}
	closedir(d);
	printf("%s: %d files\n", folder, n);
	return bad || n == 0;
}

int
main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char folder[512];
	int i, bad = 0;

	if (argc == 1) {
		snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s",
		    top != NULL ? top : ".", FUZZ_CORPUS);
		return run_folder(folder);
	}
	for (i = 1; i < argc; i++)
		bad |= run_file(argv[i]);
	return bad;
}
