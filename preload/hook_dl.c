/* SPDX-License-Identifier: MIT */

/* What is unloaded is not to be called any more. */

#include "resolve.h"
#include "shim.h"

LPS_HOOK(int, dlclose, (void *handle))
{
	int r = LPS_LIBC(dlclose)(handle), err = errno;

	if (r == 0) {
		/* So that a forked child knows that it is one. */
		bool inside = lps_enter();

		lps_tls_unloaded();
		if (inside)
			lps_leave();
	}
	errno = err;
	return r;
}
