#include "sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int
sealed_new(void)
{
	return memfd_create("fetched", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

bool
sealed_add(int fd, const void *octets, size_t len)
{
	const char *at = octets;
	ssize_t n;

	while (len > 0) {
		n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
sealed_close(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW |
		     F_SEAL_SEAL) == 0;
}
