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
	if (option == PR_SET_SECCOMP &&
	    (a == SECCOMP_MODE_STRICT || (a == SECCOMP_MODE_FILTER && b)))
		lps_confine();
	return LPS_LIBC(prctl)(option, a, b, c, d);
}

LPS_HOOK(int, seccomp_load, (const void *filter))
{
	lps_confine();
	return LPS_TLS(seccomp_load, NULL)(filter);
}
