/* SPDX-License-Identifier: MIT */

/*
 * A program that limits its own system calls may be killed for one of ours: from then on there are
 * none. (One that asks the kernel by a bare syscall(2) is not noticed.)
 */

#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "resolve.h"
#include "shim.h"
#include "state.h"

LPS_HOOK(int, prctl,
	 (int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d))
{
	/* A filter that is NULL only asks whether the kernel has filters. */
	bool confined = option == PR_SET_SECCOMP &&
			(a == SECCOMP_MODE_STRICT || (a == SECCOMP_MODE_FILTER && b)) &&
			lps_confine();
	int r = LPS_LIBC(prctl)(option, a, b, c, d);

	if (confined && r < 0)
		lps_confine_undo();
	return r;
}

LPS_HOOK(int, seccomp_load, (const void *filter))
{
	lps_type_seccomp_load *real = LPS_TLS(seccomp_load, NULL);
	bool confined = lps_confine();
	int r = real(filter);

	if (confined && r < 0)
		lps_confine_undo();
	return r;
}
