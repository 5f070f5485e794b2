/* SPDX-License-Identifier: MIT */
#include "parents.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "probe_abi.h"

static const struct {
	const char *name; /* at most 15 bytes, as in /proc/PID/comm */
	const char *why;
} minded[] = {
	{"su", "waits for its child's stops, and raises SIGSTOP then"},
	{"runuser", "the same program as su"},
	{"sudo", "on SIGCHLD asks for its command's stop, and suspends itself"},
	{"nsenter", "waits for its child's stops when it enters a pid namespace"},
	{"newgrp", "waits for its shell's stops, and raises SIGSTOP then"},
	{"sg", "the same program as newgrp"},
	{"script", "reads its child's stops from a signalfd, and raises SIGSTOP then"},
	{"scriptlive", "the same pseudo-terminal code as script"},
	{"gdb", "shows the stop or the continue to its user, and waits"},
	{"gdbserver", "as gdb, which is elsewhere"},
	{"lldb-server", "as gdb; lldb starts programs through it"},
	{"dlv", "as gdb, for Go"},
	{"screen", "continues its window's stopped program, and says so in the window"},
};

_Static_assert(LP_ARRAY_LEN(minded) <= LPB_PARENTS_MAX, "room in the map");

int lpb_parents_fill(int fd)
{
	const uint32_t one = 1;

	for (size_t i = 0; i < LP_ARRAY_LEN(minded); i++) {
		struct lpb_comm key = {{0}};

		memcpy(key.name, minded[i].name, strnlen(minded[i].name, LPB_COMM - 1));
		if (bpf_map_update_elem(fd, &key, &one, BPF_ANY))
			return -errno;
	}
	return 0;
}
