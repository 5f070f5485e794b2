/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/host.h"
#include "base/grow.h"
#include "base/utf8.h"
#include "condset.h"
#include "model/iam.h"
#include "pattern.h"

#define ARN_MAX (16 * 1024) /* bytes of a resource that has fields replaced; longer stay as is */

/* One caller as the ledger tells them apart: an access key id, or a principal a source named. */
struct who {
	uint32_t group;	  /* in `groups` */
	char account[13]; /* "*": not known; "": not looked at yet */
};

struct lp_resolver {
	const struct lp_ledger *l;
	const struct lp_build_options *opts;
	struct lp_intern names;	 /* of callers: 'K' and a key id, or 'P' and a principal */
	struct lp_intern groups; /* principals, or what else stands for the caller */
	struct who *whos;	 /* by id in names */
	size_t cap_whos;
	const char *last_key, *last_principal; /* strings of the ledger: compared by address */
	uint32_t last_who;
	struct lp_intern named; /* "ACCOUNT:role/NAME" of all that were seen with a path */
	const char **with_path; /* "role/PATH/NAME", by id in named; NULL: not one path only */
	size_t cap_named;
	char buf[ARN_MAX];
	char conditions[ARN_MAX];
};

/* The name by which calls of one caller are grouped. */
static int name_group(struct lp_resolver *r, const char *key, const char *principal,
		      uint32_t *group)
{
	const char *who = principal;

	if (*key) {
		who = lp_identities_who(lp_ledger_identities(r->l), lp_span_str(key));
		if (!who)
			who = key;
	}
	return lp_intern(&r->groups, lp_span_str(who), group);
}

static int find_who(struct lp_resolver *r, const struct lp_record *rec, uint32_t *out)
{
	const char *key = rec->access_key, *principal = rec->principal;
	struct who *w;
	uint32_t id;
	int err, n;

	if (key == r->last_key && principal == r->last_principal) {
		*out = r->last_who;
		return 0;
	}
	n = snprintf(r->buf, sizeof(r->buf), "%c%s", *key ? 'K' : 'P', *key ? key : principal);
	if (n < 0 || (size_t)n >= sizeof(r->buf))
		n = sizeof(r->buf) - 1;
	err = lp_intern(&r->names, lp_span_of(r->buf, (size_t)n), &id);
	if (err)
		return err;
	if (lp_grow_zeroed(&r->whos, id, &r->cap_whos, 16, sizeof(*r->whos)))
		return -ENOMEM;
	w = &r->whos[id];
	if (!w->account[0]) {
		err = name_group(r, key, principal, &w->group);
		if (err)
			return err;
		if (!lp_identities_account(lp_ledger_identities(r->l), lp_span_str(key),
					   w->account) &&
		    !lp_arn_account(lp_span_str(principal), w->account))
			memcpy(w->account, "*", sizeof("*"));
	}
	r->last_key = key;
	r->last_principal = principal;
	*out = r->last_who = id;
	return 0;
}

static int meet(void *ctx, const struct lp_record *rec)
{
	uint32_t who;

	return find_who(ctx, rec, &who);
}

/* Puts the known one, and of two the smaller, into `to`: any order of keys chooses the same. */
static void join_account(char to[13], const char from[13])
{
	if (from[0] != '*' && (to[0] == '*' || strcmp(from, to) < 0))
		memcpy(to, from, sizeof(((struct who *)0)->account));
}

/* Keys of one principal share what one of them knows of the account. */
static int share_accounts(struct lp_resolver *r)
{
	char(*accounts)[13] = calloc(r->groups.n_strs + 1, sizeof(*accounts));

	if (!accounts)
		return -ENOMEM;
	for (uint32_t g = 0; g < r->groups.n_strs; g++)
		accounts[g][0] = '*';
	for (uint32_t i = 0; i < r->names.n_strs; i++)
		join_account(accounts[r->whos[i].group], r->whos[i].account);
	for (uint32_t i = 0; i < r->names.n_strs; i++)
		join_account(r->whos[i].account, accounts[r->whos[i].group]);
	free(accounts);
	return 0;
}

/*
 * Calls of an unknown caller (a datagram without a key) belong to the only caller there is, and
 * are in the account that all known callers share.
 */
static void place_unknown(struct lp_resolver *r)
{
	uint32_t unknown = lp_intern_find(&r->names, LP_SPAN("P"));
	const struct who *first = NULL;
	bool one_group = true, one_account = true;

	if (unknown == LP_INTERN_NONE)
		return;
	for (uint32_t i = 0; i < r->names.n_strs; i++) {
		const struct who *w = &r->whos[i];

		if (i == unknown)
			continue;
		if (!first)
			first = w;
		one_group = one_group && first->group == w->group;
		one_account = one_account && !strcmp(first->account, w->account);
	}
	if (first && one_group)
		r->whos[unknown].group = first->group;
	if (first && one_account)
		memcpy(r->whos[unknown].account, first->account, sizeof(first->account));
}

/* --- names with paths ------------------------------------------------------------------------- */

/*
 * Requests give the name of a role, user or group alone, while its ARN has the path as well. Names
 * are unique in an account whatever their path ("IAM identifiers" in the IAM User Guide), so a path
 * that any call told is that of the name everywhere.
 */
static bool takes_path(const struct lp_record *rec)
{
	static const struct lp_span mark = {"WithPath}", sizeof("WithPath}") - 1};
	struct lp_span arn = lp_span_str(rec->resource);
	lp_iam_type type;

	/* What is in no region, in an account, and of the form type/name: the rest is slower. */
	if (lp_arn_field(arn, 3).len || !lp_arn_field(arn, 4).len ||
	    !memchr(rec->resource, '/', arn.len) || !lp_pattern_is_literal(lp_arn_field(arn, 5)))
		return false;
	type = lp_iam_action_takes(lp_iam_find_action(lp_span_str(rec->action)), arn);
	return type != LP_IAM_NONE && lp_iam_type_patterns(type) &&
	       lp_span_ends(lp_span_str(lp_iam_type_pattern(type, 0)), mark);
}

/* "ACCOUNT:role/NAME" of "role/PATH/NAME", in r->buf; `whole` is its last field. */
static struct lp_span name_key(struct lp_resolver *r, const struct lp_record *rec,
			       const struct who *w, struct lp_span *whole)
{
	struct lp_span arn = lp_span_str(rec->resource), account = lp_arn_field(arn, 4);
	size_t type, name;
	int n;

	*whole = lp_arn_field(arn, 5);
	type = lp_span_find(*whole, '/');
	for (name = whole->len; name && whole->ptr[name - 1] != '/'; name--)
		;
	if (lp_span_eq(account, LP_SPAN("*")))
		account = lp_span_str(w->account);
	n = snprintf(r->buf, sizeof(r->buf), "%.*s:%.*s/%.*s", (int)account.len, account.ptr,
		     (int)type, whole->ptr, (int)(whole->len - name), whole->ptr + name);
	if (n < 0 || (size_t)n >= sizeof(r->buf) || name <= type)
		return lp_span_of(NULL, 0);
	return lp_span_of(r->buf, (size_t)n);
}

static int learn_path(void *ctx, const struct lp_record *rec)
{
	struct lp_resolver *r = ctx;
	struct lp_span key, whole;
	uint32_t who, id, known;
	int err;

	if (!takes_path(rec))
		return 0;
	err = find_who(r, rec, &who);
	if (err)
		return err;
	key = name_key(r, rec, &r->whos[who], &whole);
	if (!key.len || lp_span_ends(key, whole))
		return 0; /* no path */
	known = r->named.n_strs;
	err = lp_intern(&r->named, key, &id);
	if (err)
		return err;
	if (lp_grow(&r->with_path, id, &r->cap_named, 16, sizeof(*r->with_path)))
		return -ENOMEM;
	if (id == known)
		r->with_path[id] = whole.ptr;
	else if (r->with_path[id] && !lp_span_eq(whole, lp_span_str(r->with_path[id])))
		r->with_path[id] = NULL; /* made, deleted and made elsewhere */
	return 0;
}

/* The last field of the record's ARN, with its path if that is known. */
static struct lp_span add_path(struct lp_resolver *r, const struct lp_record *rec,
			       const struct who *w, struct lp_span rest)
{
	struct lp_span key, whole;
	uint32_t id;

	if (!r->named.n_strs || !takes_path(rec))
		return rest;
	key = name_key(r, rec, w, &whole);
	id = key.len ? lp_intern_find(&r->named, key) : LP_INTERN_NONE;
	if (id == LP_INTERN_NONE || !r->with_path[id] || !lp_span_ends(key, whole))
		return rest;
	return lp_span_str(r->with_path[id]);
}

/* --- resources -------------------------------------------------------------------------------- */

/* Bytes that IAM takes in no document are matched by `?`. */
static bool is_plain(struct lp_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || (unsigned char)s.ptr[i] >= 0x7f)
			return false;
	return true;
}

static size_t make_plain(struct lp_span s, char *out, size_t size)
{
	size_t n = 0;

	while (s.len && n + 4 < size) {
		struct lp_span was = s;
		int32_t cp = lp_utf8_next(&s);

		if (cp < 0 || cp == 0xfffd || cp == 0x7f ||
		    (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r')) {
			out[n++] = '?';
			continue;
		}
		memcpy(out + n, was.ptr, was.len - s.len);
		n += was.len - s.len;
	}
	return s.len ? 0 : n;
}

/*
 * An ARN with `rest` for its last field, and the others as they are known by now, or as the person
 * asked for them. Bytes of `out`; 0: no room.
 */
static size_t rewrite_arn(const struct lp_resolver *r, struct lp_span arn, struct lp_span rest,
			  const struct who *w, char *out, size_t size)
{
	const struct lp_build_options *o = r->opts;
	struct lp_span part = lp_arn_field(arn, 1), service = lp_arn_field(arn, 2);
	struct lp_span region = lp_arn_field(arn, 3), account = lp_arn_field(arn, 4);
	int n;

	if (o->account &&
	    (lp_span_eq(account, LP_SPAN("*")) || lp_span_eq(account, lp_span_str(w->account))))
		account = lp_span_str(o->account);
	else if (lp_span_eq(account, LP_SPAN("*")))
		account = w->account[0] == '*' && o->unknown_account
				  ? lp_span_str(o->unknown_account)
				  : lp_span_str(w->account);
	if (o->partition)
		part = lp_span_str(o->partition);
	if (o->region && region.len)
		region = lp_span_str(o->region);
	n = snprintf(out, size, "arn:%.*s:%.*s:%.*s:%.*s:%.*s", (int)part.len, part.ptr,
		     (int)service.len, service.ptr, (int)region.len, region.ptr, (int)account.len,
		     account.ptr, (int)rest.len, rest.ptr);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static struct lp_span rewrite(struct lp_resolver *r, const struct lp_record *rec,
			      const struct who *w)
{
	struct lp_span in = lp_span_str(rec->resource), rest;
	char plain[ARN_MAX];
	size_t n;

	if (!is_plain(in)) {
		size_t len = make_plain(in, plain, sizeof(plain));

		if (!len)
			return in;
		in = lp_span_of(plain, len);
		memcpy(r->buf, plain, len);
		r->buf[len] = '\0';
	}
	if (!lp_span_starts(in, LP_SPAN("arn:")))
		return in.ptr == plain ? lp_span_of(r->buf, in.len) : in;
	rest = lp_arn_field(in, 5);
	if (in.ptr != plain)
		rest = add_path(r, rec, w, rest);
	n = rewrite_arn(r, in, rest, w, r->buf, sizeof(r->buf));
	return n ? lp_span_of(r->buf, n) : lp_span_str(rec->resource);
}

/*
 * How the names of condition keys end whose values are or hold a region; values of others, such as
 * prefixes and keys of items, are the user's own, whatever they look like. Source: "AWS global
 * condition context keys" and the keys of the Service Authorization Reference.
 */
static const char *const region_keys[] = {"Region", "LocationConstraint", ":ViaService"};

/* The region in a condition's value: all of it, or the second label of "s3.REGION.amazonaws.com".
 */
static struct lp_span region_in(const struct lp_condset_item *item)
{
	struct lp_span value = item->value, label;
	bool may = false;

	for (size_t i = 0; i < LP_ARRAY_LEN(region_keys); i++)
		may = may || lp_span_ends(item->key, lp_span_str(region_keys[i]));
	if (!may)
		return lp_span_of(NULL, 0);
	label = lp_span_from(value, lp_span_find(value, '.') + 1);
	label = label.len ? lp_span_first(label, lp_span_find(label, '.')) : value;
	return lp_is_region(label) ? label : lp_span_of(NULL, 0);
}

static bool add(struct lp_resolver *r, size_t *n, struct lp_span s)
{
	if (s.len >= sizeof(r->conditions) - *n)
		return false;
	if (s.len)
		memcpy(r->conditions + *n, s.ptr, s.len);
	*n += s.len;
	return true;
}

/* A condition's value: an ARN as a resource, or with the region that was asked for. */
static bool add_value(struct lp_resolver *r, size_t *n, const struct lp_condset_item *item,
		      const struct who *w)
{
	struct lp_span value = item->value, region;
	size_t len, before;

	if (lp_span_starts(value, LP_SPAN("arn:"))) {
		len = rewrite_arn(r, value, lp_arn_field(value, 5), w, r->conditions + *n,
				  sizeof(r->conditions) - *n);
		*n += len;
		return len > 0;
	}
	region = r->opts->region ? region_in(item) : lp_span_of(NULL, 0);
	if (!region.len)
		return add(r, n, value);
	before = (size_t)(region.ptr - value.ptr);
	return add(r, n, lp_span_first(value, before)) && add(r, n, lp_span_str(r->opts->region)) &&
	       add(r, n, lp_span_from(value, before + region.len));
}

/* A triple up to its value. */
static bool add_key(struct lp_resolver *r, size_t *n, struct lp_span op, struct lp_span key)
{
	const struct lp_span unit = LP_SPAN("\x1f");

	return add(r, n, op) && add(r, n, unit) && add(r, n, key) && add(r, n, unit);
}

static bool add_end(struct lp_resolver *r, size_t *n)
{
	const char end = LP_CONDSET_END;

	return add(r, n, lp_span_of(&end, 1));
}

/* Conditions with what was asked for in place of what was seen. */
static struct lp_span rewrite_conditions(struct lp_resolver *r, const char *conditions,
					 const struct who *w)
{
	struct lp_span in = lp_span_str(conditions), rest = in;
	struct lp_condset_item item;
	size_t n = 0;

	while (lp_condset_next(&rest, &item))
		if (!add_key(r, &n, item.op, item.key) || !add_value(r, &n, &item, w) ||
		    !add_end(r, &n))
			return in;
	r->conditions[n] = '\0';
	return lp_span_of(r->conditions, n);
}

int lp_resolver_new(const struct lp_ledger *l, const struct lp_build_options *opts,
		    struct lp_resolver **out)
{
	struct lp_resolver *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->l = l;
	r->opts = opts;
	lp_intern_init(&r->names);
	lp_intern_init(&r->groups);
	lp_intern_init(&r->named);
	err = lp_ledger_each(l, meet, r);
	if (!err)
		err = share_accounts(r);
	if (err) {
		lp_resolver_free(r);
		return err;
	}
	place_unknown(r);
	err = lp_ledger_each(l, learn_path, r);
	if (err) {
		lp_resolver_free(r);
		return err;
	}
	*out = r;
	return 0;
}

void lp_resolver_free(struct lp_resolver *r)
{
	if (!r)
		return;
	lp_intern_fini(&r->names);
	lp_intern_fini(&r->groups);
	lp_intern_fini(&r->named);
	free(r->with_path);
	free(r->whos);
	free(r);
}

static bool is_asked_for(const struct lp_build_options *o)
{
	return o->account || o->region || o->partition;
}

int lp_resolve(struct lp_resolver *r, const struct lp_record *rec, struct lp_resolved *out)
{
	uint32_t who;
	int err = find_who(r, rec, &who);

	if (err)
		return err;
	out->who = lp_intern_span(&r->groups, r->whos[who].group);
	out->resource = rewrite(r, rec, &r->whos[who]);
	out->conditions = is_asked_for(r->opts) && *rec->conditions
				  ? rewrite_conditions(r, rec->conditions, &r->whos[who])
				  : lp_span_str(rec->conditions);
	return 0;
}

/*
 * What the caller is to policies: role/NAME of STS is no role's ARN where that has a path, which
 * CloudTrail tells. Empty: not known.
 */
static struct lp_span arn_of(const struct lp_record *rec, struct lp_span who)
{
	struct lp_span name = lp_arn_field(who, 5);
	bool session = lp_span_starts(name, LP_SPAN("role/"));

	if (!lp_span_eq(lp_arn_field(who, 2), LP_SPAN("iam")) ||
	    (session && !(rec->sources & 1u << LP_SOURCE_CLOUDTRAIL)))
		return lp_span_of(NULL, 0);
	return who;
}

static struct lp_span account_in(struct lp_span arn)
{
	struct lp_span account = lp_arn_field(arn, 4);

	return account.len == 12 && lp_pattern_is_literal(account) ? account : lp_span_of(NULL, 0);
}

/* Of a caller whose ARN is told. */
static struct lp_span type_of(struct lp_span arn)
{
	static const char *const types[][2] = {
		{"role/", "AssumedRole"}, {"user/", "User"}, {"root", "Account"}};
	struct lp_span name = lp_arn_field(arn, 5);

	for (size_t i = 0; i < LP_ARRAY_LEN(types); i++)
		if (lp_span_starts(name, lp_span_str(types[i][0])))
			return lp_span_str(types[i][1]);
	return lp_span_of(NULL, 0);
}

const char *lp_resolve_context(struct lp_resolver *r, const struct lp_record *rec,
			       const struct lp_resolved *resolved)
{
	const struct lp_build_options *o = r->opts;
	const char *region = o->region			       ? o->region
			     : strcmp(rec->region, LP_REGIONS) ? rec->region
							       : "";
	struct lp_span arn = o->account ? lp_span_of(NULL, 0) : arn_of(rec, resolved->who);
	/* Source: "AWS global condition context keys", and EC2's of the Service Authorization
	 * Reference. */
	const struct {
		const char *key, *service;
		struct lp_span value;
	} facts[] = {
		{"aws:RequestedRegion", "", lp_span_str(region)},
		{"ec2:Region", "ec2:", lp_span_str(region)},
		{"aws:PrincipalArn", "", arn},
		{"aws:PrincipalType", "", type_of(arn)},
		{"aws:PrincipalAccount", "",
		 o->account ? lp_span_str(o->account) : account_in(resolved->who)},
		{"aws:ResourceAccount", "", account_in(resolved->resource)},
	};
	size_t n = resolved->conditions.len;

	if (n >= sizeof(r->conditions))
		return resolved->conditions.ptr;
	if (n)
		memmove(r->conditions, resolved->conditions.ptr, n); /* perhaps to where it is */
	for (size_t i = 0; i < LP_ARRAY_LEN(facts); i++) {
		struct lp_span key = lp_span_str(facts[i].key);
		size_t before = n;

		if (facts[i].value.len && !lp_condset_has_key(lp_span_str(rec->conditions), key) &&
		    lp_span_starts(lp_span_str(rec->action), lp_span_str(facts[i].service)) &&
		    !(add_key(r, &n, LP_SPAN("StringEquals"), key) && add(r, &n, facts[i].value) &&
		      add_end(r, &n)))
			n = before;
	}
	r->conditions[n] = '\0';
	return r->conditions;
}

bool lp_is_identity(const char *want, struct lp_span who)
{
	char name[128];

	if (!want || lp_span_eq(who, lp_span_str(want)))
		return true;
	lp_identity_name(who, name, sizeof(name));
	return !strcmp(name, want);
}
