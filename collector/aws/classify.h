/* SPDX-License-Identifier: MIT */
#ifndef LP_CLASSIFY_H
#define LP_CLASSIFY_H

/*
 * Which operation of which service a request is. No allocation, no scan over all services: hash
 * look-ups in the tables of collector/model/. Thread-safe (reads constants only).
 */

#include "model/model.h"
#include "request.h"

#define LP_LABELS_MAX 16

enum lp_classify_status {
	LP_CLASSIFY_OK = 0,
	LP_CLASSIFY_NOT_AWS,	       /* neither signed nor an AWS host */
	LP_CLASSIFY_METADATA,	       /* instance or container metadata: never a permission */
	LP_CLASSIFY_UNKNOWN_SERVICE,   /* AWS, but a service the model does not have */
	LP_CLASSIFY_UNKNOWN_OPERATION, /* wire_name says what was asked for, as far as known */
	LP_CLASSIFY_BAD_REQUEST,
};

/*
 * Besides the labels of the operation's URI: S3's Bucket and Key; from hosts AccountId,
 * AccessPointName, OutpostId, MultiRegionAccessPoint, and the labels of an operation's host prefix.
 */
struct lp_label {
	struct lp_span name;  /* label of the URI template, a constant */
	struct lp_span value; /* from the target (or host), still percent-encoded */
	bool from_host;	      /* then in any case, and means lower case */
	bool from_form;	      /* field of a form's upload: not encoded, and may hold ${filename} */
};

struct lp_classified {
	enum lp_classify_status status;
	lp_op op;		   /* model index; LP_OP_NONE unless OK */
	enum lp_protocol protocol; /* as used by this request, not the service's default */
	bool is_signed;
	bool presigned;
	bool post_form; /* upload by an HTML form: its fields stand for headers (lp_form_header) */
	struct lp_span access_key; /* from the credential; empty when unsigned */
	struct lp_span region; /* scope, else host, else empty; "*" sets from SigV4A stay empty */
	struct lp_span signing_name; /* service of the credential scope, else of the host */
	const char *partition;	     /* "aws", "aws-cn", "aws-us-gov", "aws-iso", ... */
	const char *service_id;	     /* of the operation's service, for wire_name too when known */
	struct lp_span wire_name;    /* operation as named on the wire, when op is none */
	struct lp_label labels[LP_LABELS_MAX]; /* URI labels, S3's Bucket and Key, host labels */
	unsigned n_labels;
	const char *reason; /* when not OK: a sentence without a full stop */
};

/*
 * A header that a field of such a form stands for: x-amz-storage-class by its own name, x-amz-acl
 * and x-amz-tagging without their prefix. ptr NULL where there is none.
 */
struct lp_span lp_form_header(const struct lp_request *req, struct lp_span name);

/* Always fills *out; returns out->status. Spans borrow from `req` or are constants. */
enum lp_classify_status lp_classify(const struct lp_request *req, struct lp_classified *out);

#endif
