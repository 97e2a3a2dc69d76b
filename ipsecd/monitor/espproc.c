#include "espproc.h"

#include "esp/esp.h"
#include "log.h"
#include "proc/process.h"
#include "proc/sandbox.h"
#include "sockets.h"

#define FILES_MAX	128

static int
fd_or_none(const struct options *opt, int fd)
{
	return opt->has_fd[fd] ? fd : -1;
}

int
espproc_main(const struct options *opt)
{
	char folder[256];
	const struct sandbox box = {
		.name = child_names[CHILD_ESP], .user = opt->user[CHILD_ESP],
		.folder = folder, .calls = esp_syscalls, .threads = true,
		.files = FILES_MAX,
	};
	const struct esp_options eo = {
		.replay_window = opt->esp_window, .offload = opt->esp_offload,
		.offload_udp = opt->esp_offload_udp, .port = opt->natt_port,
	};
	struct esp_fds fds = {
		.udp4 = fd_or_none(opt, FD_UDP + SOCK_NATT4),
		.udp6 = fd_or_none(opt, FD_UDP + SOCK_NATT6),
		.control = fd_or_none(opt, FD_MONITOR), .ike = fd_or_none(opt, FD_ESP),
	};
	struct err e = ERR_INIT;

	while (fds.n_tun < ESP_QUEUES_MAX && opt->has_fd[FD_TUN + fds.n_tun]) {
		fds.tun[fds.n_tun] = FD_TUN + (int)fds.n_tun;
		fds.n_tun++;
	}
	if (fds.control < 0) {
		log_error("only ipsecd starts its children");
		return CHILD_FAILED;
	}
	process_folder(folder, sizeof(folder), opt);
	if (sandbox_enter(&box, &e) < 0) {
		log_error("%s", e.text);
		return CHILD_FAILED;
	}
	return esp_main(&fds, &eo);
}
