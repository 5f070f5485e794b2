/* SPDX-License-Identifier: MIT */
#ifndef LP_LOGIN_H
#define LP_LOGIN_H

/*
 * Logins of IAM to databases, caches, brokers and for mail (RDS, Aurora DSQL, ElastiCache,
 * MemoryDB, MSK, Keyspaces, SES), sent within another protocol than HTTP: passwords that are
 * presigned URLs without their scheme, such URLs in base64 (SASL/OAUTHBEARER), their members as
 * JSON (SASL/AWS_MSK_IAM) or text (CQL), access keys' ids as users (SMTP). No allocation; the shim
 * uses it.
 */

#include <stdbool.h>

#include "lp_compiler.h"
#include "lp_span.h"

#define LP_LOGIN_WRITES 8	   /* how many a client makes before it has logged in */
#define LP_LOGIN_LOOK	(8 * 1024) /* bytes that are looked at of one; a token may take 2 KiB */
#define LP_LOGIN_OWN	512	   /* bytes of a request that is not in them as it is */

/* Not to be copied: spans may lead into it. */
struct lp_login {
	struct lp_span host;   /* with its port, if it has one; "email-smtp.*": nobody said more */
	struct lp_span target; /* "/?Action=connect&..." */
	char own[LP_LOGIN_OWN];
};

#define LP_LOGIN_PARTS 5

/* Borrows from `bytes`, of a client's early writes; false: none begins and ends in them. */
LP_MUST_USE bool lp_login_find(struct lp_span bytes, struct lp_login *out);

/* The request that it stands for, in parts that borrow from what `l` does. */
void lp_login_request(const struct lp_login *l, struct lp_span parts[LP_LOGIN_PARTS]);

#endif
