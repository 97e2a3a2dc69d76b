#include "pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "buf.h"
#include "str.h"
#include "user_file.h"

#define LINKTYPE_RAW	101		/* begins with an IP header */
#define SNAPLEN		65535
#define HEAD_LEN	12		/* of A_PACKET */

struct pcap {
	int		 fd;
	char		*path;
	unsigned long	 n;
};

struct file_head {
	uint32_t	magic;
	uint16_t	major, minor;
	uint32_t	zone, sigfigs, snaplen, link;
};

struct packet_head {
	uint32_t	sec, usec, len, wire_len;
};

/* All of it, for half a packet spoils the file. */
static int
put(const struct pcap *p, const struct iovec *iov, int n, struct err *e)
{
	size_t want = 0;
	ssize_t done;

	for (int i = 0; i < n; i++)
		want += iov[i].iov_len;
	done = writev(p->fd, iov, n);
	if (done == (ssize_t)want)
		return 0;
	return err_set(e, ERR_REALITY, "cannot write to %s: %s", p->path,
		       done < 0 ? strerror(errno) : "no space is left");
}

struct pcap *
pcap_create(const char *path, struct err *e)
{
	struct file_head h = { 0xa1b2c3d4, 2, 4, 0, 0, SNAPLEN, LINKTYPE_RAW };
	struct iovec iov = { &h, sizeof(h) };
	struct pcap *p = mem_zero(1, sizeof(*p));

	p->path = str_dup(path);
	p->fd = -1;
	if (user_file_check(path, e) < 0) {
		pcap_close(p);
		return NULL;
	}
	p->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (p->fd < 0 && errno == EEXIST)
		err_set(e, ERR_INVALID, "%s is there already: name a new file",
			path);
	else if (p->fd < 0)
		err_set(e, ERR_REALITY, "cannot make %s: %s", path,
			strerror(errno));
	if (p->fd < 0 || put(p, &iov, 1, e) < 0) {
		pcap_close(p);
		return NULL;
	}
	return p;
}

int
pcap_add(struct pcap *p, const uint8_t *data, size_t len, struct err *e)
{
	struct packet_head h;
	struct iovec iov[2] = { { &h, sizeof(h) }, { NULL, 0 } };
	struct rbuf r;
	uint64_t us;

	rbuf_init(&r, data, len);
	us = rbuf_u64(&r);
	h.sec = (uint32_t)(us / 1000000);
	h.usec = (uint32_t)(us % 1000000);
	h.wire_len = rbuf_u32(&r);
	if (!rbuf_ok(&r) || len - HEAD_LEN > SNAPLEN)
		return err_set(e, ERR_BUG, "confd sent what is no packet");
	h.len = (uint32_t)(len - HEAD_LEN);
	iov[1].iov_base = (void *)(uintptr_t)(data + HEAD_LEN);
	iov[1].iov_len = h.len;
	if (put(p, iov, 2, e) < 0)
		return -1;
	p->n++;
	return 0;
}

unsigned long
pcap_count(const struct pcap *p)
{
	return p->n;
}

void
pcap_close(struct pcap *p)
{
	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	free(p->path);
	free(p);
}
