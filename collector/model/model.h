/* SPDX-License-Identifier: MIT */
#ifndef LP_MODEL_H
#define LP_MODEL_H

/*
 * The API models of every AWS service, as read-only data compiled from collector/model/tables/api/
 * and tables/hand/api-*.tbl (the facts are botocore's; see scripts/import_api.py). Nothing here
 * allocates, locks or needs starting up; all strings are constants that live for ever.
 *
 * An operation is a number: its rank in (folder name, operation name) order over all tables. The
 * IAM tables are compiled from the same files and use the same numbers. They change with every
 * model update, so they are never written anywhere; names are.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lp_compiler.h"
#include "lp_span.h"

typedef uint16_t lp_op;
#define LP_OP_NONE ((lp_op)0xffff)

/* A service of the API models: a number as well, in folder name order. */
typedef uint16_t lp_service;
#define LP_SERVICE_NONE ((lp_service)0xffff)

enum lp_protocol {
	LP_PROTOCOL_QUERY, /* form body, Action=...&Version=... */
	LP_PROTOCOL_EC2,   /* the same with EC2's way of writing lists */
	LP_PROTOCOL_JSON,  /* X-Amz-Target names the operation; 1.0 and 1.1 */
	LP_PROTOCOL_REST_JSON,
	LP_PROTOCOL_REST_XML,
	LP_PROTOCOL_CBOR, /* Smithy RPC v2: POST /service/S/operation/O */
	LP_PROTOCOLS,
	LP_PROTOCOL_NONE = LP_PROTOCOLS, /* no operation was recognised */
};

enum lp_op_flags {
	LP_OP_UNSIGNED = 1 << 0, /* called without credentials: no identity policy governs it */
	LP_OP_BEARER = 1 << 1,	 /* called with a bearer token, likewise */
	LP_OP_OLD = 1 << 2,	 /* only in an older version of the service's API */
};

/* Numbers are 0 .. count - 1. */
lp_op lp_model_op_count(void);
lp_service lp_model_service_count(void);

/* "GetObject". NULL for a number that is no operation. */
const char *lp_model_operation_name(lp_op op);
/* Service id as SDKs and CSM write it, with spaces: "Elastic Load Balancing v2". NULL likewise. */
const char *lp_model_service_id(lp_op op);
/* Folder of the service in botocore, its client name there: "elbv2". NULL likewise. */
const char *lp_model_service_dir(lp_op op);
/* Name in the credential scope: "elasticloadbalancing". NULL likewise. */
const char *lp_model_signing_name(lp_op op);
/* enum lp_op_flags; 0 for a number that is no operation. */
unsigned lp_model_op_flags(lp_op op);
/* The service's first protocol; LP_PROTOCOL_NONE for a number that is no operation. */
enum lp_protocol lp_model_protocol(lp_op op);
/* LP_SERVICE_NONE for a number that is no operation. */
lp_service lp_model_op_service(lp_op op);

/* The same facts by service; NULL for a number that is no service. */
const char *lp_model_id_of(lp_service svc);
const char *lp_model_dir_of(lp_service svc);
/* Operations of a service are the numbers *first .. *first + result - 1, sorted by name. */
lp_op lp_model_ops_of(lp_service svc, lp_op *first);

/*
 * Finds by the name an SDK uses for a service: the service id ("Cognito Identity Provider"), the
 * same without spaces, botocore's folder ("cognito-idp"), the signing name or the endpoint prefix,
 * in any case, spaces and hyphens aside; the ranking is in that order. LP_SERVICE_NONE when
 * unknown.
 */
lp_service lp_model_find_service(struct lp_span name);

/* Operation of a service by its exact name; LP_OP_NONE when it has none of that name. */
lp_op lp_model_find_op(lp_service svc, struct lp_span operation);

/*
 * Both at once, as a CSM datagram or a call log names a call. Where several services share a lax
 * name ("ses", "rds"), the first that has the operation. LP_OP_NONE when unknown.
 */
lp_op lp_model_find(struct lp_span service, struct lp_span operation);

/* The same, services that have that API version ("2015-12-01") before the others. */
lp_op lp_model_find_versioned(struct lp_span service, struct lp_span operation,
			      struct lp_span version);

/* What host names of a partition end in: "amazonaws.com.cn" of "aws-cn"; LP_DNS_SUFFIX if unknown.
 */
#define LP_DNS_SUFFIX "amazonaws.com"
const char *lp_model_dns_suffix(struct lp_span partition);

/* "aws", "aws-cn", "aws-us-gov", "aws-iso", ... of a region; "aws" when it is unknown or empty. */
const char *lp_model_partition(struct lp_span region);

/* The same, but NULL when no partition has regions that start so. */
const char *lp_model_known_partition(struct lp_span region);

#endif
