/* SPDX-License-Identifier: MIT */
#ifndef LP_IAM_DATA_H
#define LP_IAM_DATA_H

/*
 * Layout of the data that gen/gen_iam.c writes to iam_data.c. Private to iam.c, gen_iam.c and
 * aws/authorize.c with aws/extract.c, which evaluate the rows of operations. Every string is an
 * offset into lp_iam_pool, so the data needs no relocations.
 */

#include <stdint.h>

/* --- the reference ---------------------------------------------------------------------------- */

struct lp_iam_prefix_data {
	uint32_t name;
	uint16_t first_action, n_actions;
	uint16_t first_type, n_types;
};

#define LP_IAM_LEVELS_MAX 0xfu
#define LP_IAM_DEPS_MAX	  0xfffu

struct lp_iam_action_data {
	uint32_t name; /* "s3:GetObject" */
	uint16_t first_cond, first_ref;
	uint8_t n_refs, n_conds;
	/* Indices into lp_iam_levels and lp_iam_deps. */
	unsigned level : 4, deps : 12;
};

struct lp_iam_type_data {
	uint32_t name;
	uint16_t prefix;
	uint16_t first_pattern, first_cond;
	uint8_t n_patterns, n_conds;
};

#define LP_IAM_REF_REQUIRED 0x8000u /* in lp_iam_refs, beside the type's number */

/* --- what an operation needs ------------------------------------------------------------------ */

/* Where a leaf of the request comes from. Body leaves are found through the tries. */
enum lp_leaf_loc {
	LP_LEAF_BODY,
	LP_LEAF_LABEL, /* of the URI or host, or S3's Bucket and Key */
	LP_LEAF_QUERY,
	LP_LEAF_HEADER,
	LP_LEAF_SCOPE, /* service of the credential scope */
	LP_LEAF_METHOD,
	LP_LEAF_HOST,
	LP_LEAF_PATH, /* of the target, without the query */
	LP_LEAF_RSP_HEADER,
	LP_LEAF_RSP_FIELD, /* a leaf of the response body, by its name */
	LP_LEAF_RSP_ERROR, /* the error code of the response, else its status: "NoSuchKey", "404" */
	LP_LEAF_LOCS,
};

struct lp_leaf_data {
	uint32_t name;	/* of the label, query parameter, header, response field */
	uint8_t loc;	/* enum lp_leaf_loc */
	uint8_t split;	/* index into lp_iam_splits plus 1, or 0 */
	uint16_t flags; /* enum lp_leaf_flags */
};

enum lp_leaf_flags {
	LP_LEAF_PLAIN = 1 << 0, /* a text of the user's: never an ARN, whatever it looks like */
};

enum lp_trie_flags {
	LP_TRIE_LIST = 1 << 0, /* an array; its elements are looked at, not itself */
	LP_TRIE_KEYS = 1 << 1, /* a map; its keys are the leaf's values */
};

enum lp_body_family { LP_BODY_JSON, LP_BODY_FORM, LP_BODY_XML, LP_BODY_FAMILIES };

/* A name on the way to wanted body members; node 0 is an empty root. */
struct lp_trie_node {
	uint32_t name;
	uint16_t n_children;
	uint8_t flags; /* enum lp_trie_flags */
	uint8_t leaf;  /* index within the operation, or LP_LEAF_NONE */
	uint32_t first_child;
};
#define LP_LEAF_NONE 0xff

enum lp_when_kind { LP_WHEN_HAS, LP_WHEN_NO, LP_WHEN_EQ, LP_WHEN_NE, LP_WHEN_LIKE, LP_WHEN_UNLIKE };

struct lp_when_data {
	uint32_t value;
	uint8_t kind; /* enum lp_when_kind */
	uint8_t leaf;
	uint8_t part; /* of the leaf's split, 0: the whole value */
	uint8_t reserved;
};

enum lp_res_flags {
	LP_RES_REQUIRED = 1 << 0,
	LP_RES_ELSE = 1 << 1,	/* only when no earlier line of the act for this type gave one */
	LP_RES_EITHER = 1 << 2, /* required only when no other type so marked was named */
	LP_RES_SMALL = 1 << 3,	/* AWS keeps the names in small letters, however they are sent */
};

struct lp_res_data {
	uint32_t tmpl; /* ARN with holes, see below */
	uint16_t type;
	uint8_t flags; /* enum lp_res_flags */
	uint8_t reserved;
};

/*
 * Holes of a template. A byte below 0x20 starts one; leaf and part are written plus 0x20 so that
 * templates stay strings.
 */
#define LP_HOLE_PARTITION  0x01
#define LP_HOLE_REGION	   0x02
#define LP_HOLE_ACCOUNT	   0x03
#define LP_HOLE_LEAF	   0x04 /* leaf, part, then one of LP_ELSE_* */
#define LP_HOLE_END	   0x05 /* after the literal of LP_ELSE_TEXT */
#define LP_HOLE_BIAS	   0x20
#define LP_ELSE_NOTHING	   0x20 /* no value: the template does not apply */
#define LP_ELSE_PARTITION  0x21
#define LP_ELSE_REGION	   0x22
#define LP_ELSE_ACCOUNT	   0x23
#define LP_ELSE_TEXT	   0x24 /* literal up to LP_HOLE_END */
#define LP_ELSE_ACCOUNT_ID 0x25 /* the value when it is an account id, else the account */
#define LP_ELSE_PRESENT	   0x26 /* writes nothing, but there must be a value */
#define LP_ELSE_ABSENT	   0x27 /* writes nothing, and there must be none */
#define LP_ELSE_SILENT	   0x28 /* writes nothing, once for each value */

struct lp_cond_data {
	/* value is a template; op "?…": only where asked for, and with one value for each leaf */
	uint32_t op, key, value;
};

enum lp_act_flags {
	LP_ACT_EXCLUSIVE = 1 << 0, /* where it applies, acts without this flag do not */
	LP_ACT_DEPENDENT = 1 << 1,
	LP_ACT_POSSIBLE = 1 << 2,
	LP_ACT_IF_NAMED = 1 << 3, /* only when the request names a resource for it */
};

struct lp_act_data {
	uint16_t action;
	uint16_t first_res, first_arn, first_when, first_cond;
	uint16_t why;  /* index into lp_iam_whys; 0 is "" */
	uint8_t flags; /* enum lp_act_flags */
	uint8_t n_res, n_arns, n_when, n_conds;
};

struct lp_iam_op_data {
	uint16_t first_act, first_leaf;
	uint16_t tries; /* index into lp_iam_tries */
	uint8_t n_acts, n_leaves;
};

struct lp_trie_set {
	uint32_t root[LP_BODY_FAMILIES]; /* node, 0: nothing wanted */
};

enum lp_split_builtin { LP_SPLIT_PATTERNS, LP_SPLIT_PARTIQL };
#define LP_SPLIT_PARTS	   64
#define LP_SPLIT_COUNT_MAX 48 /* letters and digits of a part; its class is "0" and so many */
enum lp_partiql_part {
	LP_PARTIQL_SELECT = 1,
	LP_PARTIQL_INSERT,
	LP_PARTIQL_UPDATE,
	LP_PARTIQL_DELETE,
	LP_PARTIQL_INDEX,
	LP_PARTIQL_REGION, /* where the table was named by its ARN */
	LP_PARTIQL_ACCOUNT
};

struct lp_split_data {
	uint16_t first, n; /* patterns */
	uint8_t builtin;   /* enum lp_split_builtin */
	uint8_t decode;	   /* percent-decode the value first */
	uint8_t n_parts;
	uint8_t lower; /* not 0: before anything else small letters, and this for blanks */
};

extern const char lp_iam_pool[];
extern const unsigned lp_iam_n_prefixes, lp_iam_n_actions, lp_iam_n_types, lp_iam_n_ops;
extern const struct lp_iam_prefix_data lp_iam_prefixes[];
extern const struct lp_iam_action_data lp_iam_actions[];
extern const struct lp_iam_type_data lp_iam_types[];
extern const uint32_t lp_iam_levels[];
extern const uint16_t lp_iam_refs[];
extern const uint32_t lp_iam_patterns[];
extern const uint32_t lp_iam_conds[];	  /* names */
extern const uint16_t lp_iam_cond_refs[]; /* indices of names */
/* List i of dependent actions is lp_iam_dep_actions[lp_iam_deps[i]] up to the start of the next. */
extern const uint16_t lp_iam_deps[], lp_iam_dep_actions[];
/* Open addressing, power of two; entries are numbers plus 1, 0 is free. Keys in lower case. */
extern const uint32_t lp_iam_action_mask, lp_iam_prefix_mask;
extern const uint16_t lp_iam_action_slots[], lp_iam_prefix_slots[];

extern const struct lp_iam_op_data lp_iam_ops[];
extern const struct lp_act_data lp_iam_acts[];
extern const struct lp_leaf_data lp_iam_leaves[];
extern const struct lp_when_data lp_iam_whens[];
extern const struct lp_res_data lp_iam_res[];
extern const struct lp_cond_data lp_iam_act_conds[];
extern const uint32_t lp_iam_whys[];
extern const uint8_t lp_iam_arns[]; /* leaves whose value may be an ARN, by act */
extern const struct lp_trie_set lp_iam_tries[];
extern const struct lp_trie_node lp_iam_nodes[];
extern const struct lp_split_data lp_iam_splits[];
extern const uint32_t lp_iam_split_patterns[];

/* Leaves of an operation whose `none` line says that it needs no permission. */
#define LP_IAM_OP_NONE_NEEDED 0xffff /* in lp_iam_op_data.tries, with no acts */

#endif
