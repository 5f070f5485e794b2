/* SPDX-License-Identifier: MIT */

/*
 * A program may choose the monitoring port for its own SDK after it started. Seen here rather than
 * by reading the environment later, which another thread may be moving at that moment.
 */

#include <string.h>

#include "lp_csm_port.h"
#include "resolve.h"
#include "shim.h"

#define NAME "AWS_CSM_PORT"

LPS_HOOK(int, setenv, (const char *name, const char *value, int overwrite))
{
	bool sets = name && strcmp(name, NAME) == 0 && (overwrite || !lps_getenv(NAME));
	int r = LPS_LIBC(setenv)(name, value, overwrite);

	if (sets && r == 0)
		lps_config.csm_port = lp_csm_port(value);
	return r;
}

LPS_HOOK(int, putenv, (char *string))
{
	int r = LPS_LIBC(putenv)(string);

	if (r == 0 && strncmp(string, NAME "=", sizeof(NAME)) == 0)
		lps_config.csm_port = lp_csm_port(string + sizeof(NAME));
	return r;
}
