/* SPDX-License-Identifier: MIT */
#ifndef LP_CONDKEYS_H
#define LP_CONDKEYS_H

/*
 * Which keys of conditions there are: those of the Service Authorization Reference, and a table of
 * what stands in requests to any service. One lp_condkeys is one thread's.
 */

#include "base/intern.h"
#include "lp_span.h"

struct lp_condkeys {
	struct lp_intern names; /* as the reference writes them, "aws:ResourceTag/${TagKey}" */
	unsigned nears;		/* how often the nearest was looked for */
};

/* 0 or -ENOMEM; to be given to lp_condkeys_fini either way. */
LP_MUST_USE int lp_condkeys_init(struct lp_condkeys *k);
void lp_condkeys_fini(struct lp_condkeys *k);

/*
 * False where the key is one of AWS's by its name ("aws:SorceIp", "s3:prefx") and not known; any
 * case. Keys of identity providers ("accounts.example.com:sub") are what these make them.
 */
bool lp_condkeys_known(const struct lp_condkeys *k, struct lp_span key);

/* The known key that is nearest to one that is not; NULL: none is near, or many were asked for. */
const char *lp_condkeys_near(struct lp_condkeys *k, struct lp_span key);

#endif
