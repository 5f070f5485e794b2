/* SPDX-License-Identifier: MIT */
#ifndef LPS_GO_H
#define LPS_GO_H

#include <link.h>
#include <stdbool.h>

#include "lp_compiler.h"

/*
 * dlsym() is about to be called: has a Go program loaded a plug-in that has to be seen into? Leaves
 * errno to the caller.
 */
void lps_go_asked_for(void);

/*
 * Go whose crypto/tls has BoringSSL protect its records (GOEXPERIMENT=boringcrypto). It is in the
 * reach of aead.h then, and the follower or the probe may see the same bytes one floor above.
 */

/* Of a loaded module, from dl_iterate_phdr's callback. */
LP_MUST_USE bool lps_go_has_boring(const struct dl_phdr_info *info);

/*
 * Whether the collector sees into Go in this module otherwise, from now on at the latest; waits for
 * its answer, so not in dl_iterate_phdr's callback. `module`: its path, "" for the program.
 */
LP_MUST_USE bool lps_go_is_read(const char *module);

#endif
