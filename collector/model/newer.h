/* SPDX-License-Identifier: MIT */
#ifndef LP_NEWER_H
#define LP_NEWER_H

/*
 * Facts newer than the tables: documents that the person downloaded, read at run time and laid over
 * the built-in data. Two kinds: AWS's Service Reference (Actions, Resources, Operations with their
 * AuthorizedActions) and API models as botocore has them (service-2.json), plain or gzipped.
 *
 * What they add gets numbers past those of the tables, so that the look-ups of iam.h and model.h
 * answer for them too. Load before any thread starts and before any look-up is kept; nothing can be
 * unloaded but all of it. Everything is owned here until lp_newer_fini().
 */

#include <stdio.h>

#include "iam.h"
#include "model.h"

struct lp_newer_prefix {
	const char *name;
	uint16_t first_action, n_actions; /* numbers of iam.h */
	uint16_t first_type, n_types;
};

struct lp_newer_type {
	const char *name;
	lp_iam_prefix prefix;
	const char *const *patterns, *const *conds;
	unsigned n_patterns, n_conds;
};

struct lp_newer_action {
	const char *name; /* "s3:GetObject" */
	const char *level;
	const struct lp_iam_ref *refs;
	const char *const *conds;
	unsigned n_refs, n_conds;
};

/* An action that an operation needs, with what AWS says of the context. */
struct lp_newer_need {
	lp_iam_action action;
	const char *key; /* condition key, or NULL */
	const char *const *values;
	unsigned n_values;
};

struct lp_newer_service {
	const char *id, *dir, *sign, *prefix; /* as in model.h */
	const char *target;		      /* of X-Amz-Target, or "" */
	enum lp_protocol protocol;
};

struct lp_newer_op {
	const char *name;
	lp_service service;
	lp_op known;	/* the operation of the tables that it is, or LP_OP_NONE */
	bool modelled;	/* from an API model: method and uri are there */
	bool ruled;	/* the reference says what it needs */
	unsigned flags; /* enum lp_op_flags */
	const char *method, *uri;
	const struct lp_newer_need *needs;
	unsigned n_needs;
};

/* True when anything was loaded. */
bool lp_newer_any(void);

/*
 * Lays one document over what is there. `changes`: where to say what it changes, a line each, or
 * NULL. 0; -errno, and *reason says what is wrong with it. A document that is refused changes
 * nothing.
 */
LP_MUST_USE int lp_newer_load(const char *path, FILE *changes, const char **reason);
/*
 * The two steps of it. A whole file, unpacked when it is gzipped: 0 or -errno; *text is to be freed
 * either way. And a document's text, which is not kept.
 */
LP_MUST_USE int lp_newer_read(const char *path, char **text, size_t *len);
LP_MUST_USE int lp_newer_load_text(struct lp_span text, FILE *changes, const char **reason);
/* How many lines `changes` got, or would have got, of all documents so far. */
unsigned lp_newer_changes(void);
/* What the last document that was loaded is: "s3.reference" or "s3.api"; "" before. */
const char *lp_newer_name(void);
void lp_newer_fini(void);

/*
 * The folder that `leastpriv model add` keeps documents in: $LEASTPRIV_MODELS, else
 * leastpriv/models in $XDG_DATA_HOME or ~/.local/share. -ENOENT when none of these is set.
 */
LP_MUST_USE int lp_newer_folder(char *path, size_t size);

/* Loads what that folder holds, in name order. Documents that are refused are logged and left. */
void lp_newer_load_added(void);

/* For `--model FILE`: loads it and logs what it changes, or why it cannot. 0 or -errno. */
LP_MUST_USE int lp_newer_load_option(const char *path);

/* Rows by number; NULL when the tables have it. What is loaded rules over the tables. */
const struct lp_newer_prefix *lp_newer_prefix(lp_iam_prefix p);
const struct lp_newer_action *lp_newer_action(lp_iam_action a);
const struct lp_newer_type *lp_newer_type(lp_iam_type t);
const struct lp_newer_service *lp_newer_service(lp_service s);
const struct lp_newer_op *lp_newer_op(lp_op op);
/* What is said of an operation of the tables, or NULL. */
const struct lp_newer_op *lp_newer_of_known(lp_op known);

unsigned lp_newer_prefix_count(void);
unsigned lp_newer_action_count(void);
unsigned lp_newer_type_count(void);
unsigned lp_newer_service_count(void);
unsigned lp_newer_op_count(void);

/* Numbers past those of the tables; *_NONE when there is none. */
lp_iam_prefix lp_newer_find_prefix(struct lp_span name);
lp_iam_action lp_newer_find_action(struct lp_span name);
lp_op lp_newer_find_op(lp_service svc, struct lp_span name);
/* A service that is only in what was loaded, by signing name, target prefix, id or folder. */
lp_service lp_newer_find_service(struct lp_span name);

#endif
