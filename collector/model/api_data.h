/* SPDX-License-Identifier: MIT */
#ifndef LP_API_DATA_H
#define LP_API_DATA_H

/*
 * Layout of build/gen/api_data.c, written by gen/gen_api.c and read by model.c and aws/classify.c.
 * Rows hold offsets into lp_api_pool and indices, never pointers: 20,000 rows need no relocation,
 * and the pages stay shared between processes. Slot arrays are open-addressed hash tables of a
 * power of two, entry + 1 in each slot, 0 free, hashed by base/hash.h.
 */

#include <stdint.h>

#include "base/hash.h"
#include "model.h"

/* All strings, NUL-terminated; offset 0 is "". */
extern const char lp_api_pool[];

enum lp_api_service_flags {
	LP_API_BEHIND_PREFIX = 1 << 0, /* only where its host has labels before the service's */
	LP_API_OWN_HOSTS = 1 << 1,     /* and at hosts that are nobody's */
	LP_API_TOKEN_AUTH = 1 << 2,    /* a token or password stands for its owner's permissions */
	LP_API_CODED_SLASH = 1 << 3,   /* %2F ends the first segment of a path like a slash */
};

struct lp_api_service {
	uint32_t id, dir, sign, prefix; /* strings */
	uint16_t first_op, n_ops;
	uint8_t protocol;  /* enum lp_protocol, the preferred one */
	uint8_t protocols; /* 1 << enum lp_protocol, all it speaks */
	uint8_t flags;	   /* enum lp_api_service_flags */
};

struct lp_api_op {
	uint32_t name; /* string */
	uint16_t service;
	uint8_t flags;	     /* enum lp_op_flags */
	uint8_t host_prefix; /* index into lp_api_host_prefixes, 0 none */
};

extern const struct lp_api_service lp_api_services[];
extern const struct lp_api_op lp_api_ops[];
extern const uint32_t lp_api_host_prefixes[]; /* strings: "{AccountId}.", "data-", "a-{B}.|{C}." */
extern const uint16_t lp_api_n_services, lp_api_n_ops;

/* Hash of an operation's key: the service's number in two bytes, then the name. */
static inline uint32_t lp_api_op_hash(uint16_t service, const char *name, size_t len)
{
	const char svc[2] = {(char)(service & 0xff), (char)(service >> 8)};

	return lp_hash_end(lp_hash_more(lp_hash_more(LP_HASH_SEED, svc, 2), name, len));
}

extern const uint16_t lp_api_op_slots[];
extern const uint32_t lp_api_op_mask;

/* --- names to services ------------------------------------------------------------------------ */

/* A name and the services that go by it: lp_api_lists[first .. first + n - 1], best first. */
struct lp_api_name {
	uint32_t str;
	uint32_t prefix; /* of a host: string, patterns of what may stand before it, or 0;
			    these labels replace the first of the URI */
	uint16_t first;
	uint16_t n;
};

extern const uint16_t lp_api_lists[];

#define LP_API_NAMES(what)                                                                         \
	extern const struct lp_api_name lp_api_##what[];                                           \
	extern const uint16_t lp_api_##what##_slots[];                                             \
	extern const uint32_t lp_api_##what##_mask

LP_API_NAMES(signs);   /* service of the credential scope */
LP_API_NAMES(hosts);   /* first host labels, lower case, without FIPS marks */
LP_API_NAMES(targets); /* X-Amz-Target up to the last dot; CBOR service name */
LP_API_NAMES(dates);   /* API versions */
LP_API_NAMES(lax);     /* lower case without blanks and hyphens: ids, folders, the above */

/* --- URIs of REST operations ------------------------------------------------------------------ */

/*
 * A tree over method and path segments. The root of service s is node s + 1; its edges are
 * methods. Edges of literal segments are in one hash table by (parent, segment).
 */
struct lp_api_node {
	uint16_t label;	 /* child for any one segment, 0 none */
	uint16_t greedy; /* child for one or more segments, 0 none */
	uint16_t first_route;
	uint8_t n_routes; /* operations that end here, most conditions first */
	uint8_t inner;	  /* 1 when a path may go on from here */
};

struct lp_api_edge {
	uint32_t segment; /* string */
	uint16_t parent, child;
};

struct lp_api_route {
	uint16_t op;
	uint16_t first_cond;
	uint16_t first_label; /* of lp_api_labels */
	uint8_t n_conds;
	uint8_t n_literal; /* the first of the conditions, literals of the URI: all must hold */
	uint8_t n_labels;
	uint8_t slash; /* the URI ends in a slash */
};

enum lp_api_cond_kind {
	LP_API_COND_QUERY,  /* key in the query */
	LP_API_COND_HEADER, /* header */
	LP_API_COND_SIGN,   /* name in the credential scope is `value`; key is not used */
};

struct lp_api_cond {
	uint32_t value; /* string, 0 when any value will do */
	uint16_t key;	/* number of the query key, or of the header name */
	uint16_t kind;	/* enum lp_api_cond_kind */
};

/* Bound of query keys that conditions name; asserted by gen_api. */
#define LP_API_QUERY_KEYS_MAX 512

extern const struct lp_api_node lp_api_nodes[];
extern const struct lp_api_edge lp_api_edges[];
extern const uint16_t lp_api_edge_slots[];
extern const uint32_t lp_api_edge_mask;
extern const struct lp_api_route lp_api_routes[];
extern const struct lp_api_cond lp_api_conds[];
extern const uint32_t lp_api_labels[];	   /* strings */
extern const uint32_t lp_api_query_keys[]; /* strings */
extern const uint16_t lp_api_query_key_slots[];
extern const uint32_t lp_api_query_key_mask;
extern const uint32_t lp_api_headers[]; /* strings, lower case */

/* Hash of an edge: the parent's number in two bytes, then the segment. */
static inline uint32_t lp_api_edge_hash(uint16_t parent, const char *segment, size_t len)
{
	return lp_api_op_hash(parent, segment, len);
}

/* --- partitions, regions, hosts --------------------------------------------------------------- */

struct lp_api_region {
	uint32_t name;	    /* what names of regions start with */
	uint32_t partition; /* strings */
};

/* Starts of region names, longest first, ended by a row with name 0. */
extern const struct lp_api_region lp_api_region_prefixes[];

struct lp_api_partition {
	uint32_t name;
	uint32_t dns_suffix; /* strings */
};

/* Ended by a row with name 0. */
extern const struct lp_api_partition lp_api_partitions[];

struct lp_api_suffix {
	uint32_t suffix;    /* string, without a leading dot */
	uint32_t partition; /* string, "" for emulators */
	uint16_t len;
};

/* Longest first, ended by a row with len 0. */
extern const struct lp_api_suffix lp_api_suffixes[];
/* Strings, ended by 0. */
extern const uint32_t lp_api_metadata_hosts[];
/* String: the signing name that a "Authorization: AWS AKID:..." header (Signature Version 2) means.
 */
extern const uint32_t lp_api_v2_header_sign;

#endif
