/* SPDX-License-Identifier: MIT */
/* A library that speaks HTTP in its constructor, perhaps before the shim's own has run. */
#include "victim.h"

void early_library(void);

__attribute__((constructor)) static void too_early(void)
{
	int fd = v_connect("V_HTTP");

	v_exchange(fd, "GET", "/early/library", "");
	close(fd);
	fflush(stdout);
}

void early_library(void)
{
}
