/* SPDX-License-Identifier: MIT */
#ifndef LP_CALL_H
#define LP_CALL_H

/* One AWS API call with all that is known of it: what every source ends in and the ledger takes. */

#include <sys/types.h>

#include "authorize.h"

enum lp_source {
	LP_SOURCE_SHIM,
	LP_SOURCE_PROBE,
	LP_SOURCE_PTRACE,
	LP_SOURCE_CSM,
	LP_SOURCE_PCAP,
	LP_SOURCE_CLOUDTRAIL,
	LP_SOURCE_LOG, /* read back from a call log that did not say */
	LP_SOURCES,
};

struct lp_call {
	int64_t time_ns;	/* CLOCK_REALTIME at the request; 0 unknown */
	pid_t pid;		/* 0 unknown */
	struct lp_span program; /* path of the executable */
	struct lp_span
		workload; /* what it belongs to (source/workload.h), where that is told apart */
	size_t *share; /* bytes that a bounded ledger keeps for its process; NULL: not told apart */
	enum lp_source source;
	/* The access key id that signed; the ledger ties it to a principal (aws/identity.h). */
	struct lp_span access_key;
	/* Principal ARN when the source itself names it (CloudTrail, a call log); else empty. */
	struct lp_span principal;
	const char *service;   /* service id of the API model, or NULL */
	const char *operation; /* operation name of the API model; wire name when unknown */
	struct lp_span host;
	struct lp_span region;
	const char *partition;
	/* Unknown to the model: a blind spot, and `reason` says what is missing. authz is empty
	 * then, or of the action of the same name. */
	bool unknown;
	const char *reason;
	bool metadata; /* instance or container metadata: feeds identity, never a permission */
	struct lp_authz authz;
	int status; /* HTTP status, 0: no answer seen */
	struct lp_span request_id;
	struct lp_span error_code;
	const struct lp_request *request;   /* NULL unless seen in plaintext */
	const struct lp_response *response; /* NULL: none seen */
};

/* Takes calls. Everything in `call` is borrowed until it returns. */
typedef void (*lp_call_fn)(void *ctx, const struct lp_call *call);

#endif
