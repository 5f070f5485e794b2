/* SPDX-License-Identifier: MIT */
#ifndef LP_CSM_H
#define LP_CSM_H

/*
 * Client-side monitoring: what AWS SDKs report of each call in one UDP datagram of JSON (AWS SDK
 * documentation, "SDK metrics / client-side monitoring", version 1). ApiCallAttempt events tell
 * the key and host of one try, the ApiCall event closes the call. `Service` is the SDK's service
 * id, with spaces.
 */

#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

enum lp_csm_type {
	LP_CSM_API_CALL,
	LP_CSM_ATTEMPT,
};

struct lp_csm {
	enum lp_csm_type type;
	/* All borrow from `text`; empty when the datagram does not say. */
	struct lp_span service, api, client_id, region, access_key, fqdn, error_code, request_id;
	int64_t time_ms; /* Timestamp: milliseconds since 1970; 0 unknown */
	int status;	 /* HttpStatusCode or FinalHttpStatusCode; 0 unknown */
	int attempts;	 /* AttemptCount of an ApiCall; 0 unknown */
	char *text;
};

/* Owns the texts until lp_csm_fini; the session token is never among them.
 * -EBADMSG: no CSM datagram; -ENOMEM. On error there is nothing to free. */
LP_MUST_USE int lp_csm_parse(struct lp_span datagram, struct lp_csm *out);
void lp_csm_fini(struct lp_csm *c);

#endif
