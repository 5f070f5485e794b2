/* SPDX-License-Identifier: MIT */

/*
 * AddressSanitizer's shared runtime ends a program in which a preloaded library comes before it,
 * lest allocation functions be taken from there. We have none, so its own hook is told to let us
 * be. What the program's ASAN_OPTIONS say still counts.
 */

#include "resolve.h"
#include "shim.h"

LPS_HOOK(const char *, __asan_default_options, (void))
{
	return "verify_asan_link_order=0";
}
