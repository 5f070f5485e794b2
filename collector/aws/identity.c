/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <errno.h>
#include <stdlib.h>

#include "base/intern.h"
#include "host.h"
#include "wire/sigv4.h"

#define ACCOUNT_DIGITS	  12
#define SAME_AS_HOPS	  8 /* a session of a session of ...; also ends a circle */
#define ACCOUNTS_PER_CALL 8 /* distinct accounts looked at in one call's ARNs */
#define FACTS_PER_CALL	  (2 + 2 * ACCOUNTS_PER_CALL)

static const char *const kind_names[LP_FACT_KINDS] = {
	[LP_FACT_SAME_AS] = "same-as", [LP_FACT_CALLER] = "caller",   [LP_FACT_ISSUED] = "issued",
	[LP_FACT_SOURCE] = "source",   [LP_FACT_CREATED] = "created", [LP_FACT_ACCOUNT] = "account",
	[LP_FACT_ANSWER] = "answer",   [LP_FACT_REQUEST] = "request",
};

const char *lp_fact_kind_name(enum lp_fact_kind kind)
{
	return kind_names[kind];
}

enum lp_fact_kind lp_fact_kind_of(struct lp_span name)
{
	enum lp_fact_kind k = 0;

	while (k < LP_FACT_KINDS && !lp_span_eq(name, lp_span_str(kind_names[k])))
		k++;
	return k;
}

/*
 * Operations whose answers say who somebody is. Members are named by the last part of their path in
 * the answer, from the API models. Source: the models of these services and the documentation of
 * what each kind of credentials stands for.
 */
struct teacher {
	const char *service, *operation;
	enum lp_fact_kind kind;
	const char *key;   /* member with the access key id; NULL: the one that signed */
	const char *value; /* member with the principal; NULL: the key that signed */
	const char *label; /* put before the value where that is no ARN; NULL: it is one */
};

static const struct teacher teachers[] = {
	{"STS", "GetCallerIdentity", LP_FACT_CALLER, NULL, "Arn", NULL},
	{"STS", "AssumeRole", LP_FACT_ISSUED, "AccessKeyId", "Arn", NULL},
	{"STS", "AssumeRoleWithSAML", LP_FACT_ISSUED, "AccessKeyId", "Arn", NULL},
	{"STS", "AssumeRoleWithWebIdentity", LP_FACT_ISSUED, "AccessKeyId", "Arn", NULL},
	{"STS", "GetDelegatedAccessToken", LP_FACT_ISSUED, "AccessKeyId", "AssumedPrincipal", NULL},
	/* The session has the user's own permissions. */
	{"STS", "GetSessionToken", LP_FACT_SAME_AS, "AccessKeyId", NULL, NULL},
	/* At most the user's own permissions: it is the user's policy that must allow the calls. */
	{"STS", "GetFederationToken", LP_FACT_SAME_AS, "AccessKeyId", NULL, NULL},
	/* A session on one S3 Express bucket, of whoever asked for it. */
	{"S3", "CreateSession", LP_FACT_SAME_AS, "AccessKeyId", NULL, NULL},
	{"EKS Auth", "AssumeRoleForPodIdentity", LP_FACT_ISSUED, "accessKeyId", "arn", NULL},
	/* The answer names the user without path and account; the key id may give the account. */
	{"IAM", "CreateAccessKey", LP_FACT_CREATED, "AccessKeyId", "UserName", "user/"},
	/* The role behind an identity is set in the pool and named nowhere in the answer. */
	{"Cognito Identity", "GetCredentialsForIdentity", LP_FACT_CREATED, "AccessKeyId",
	 "IdentityId", "cognito:"},
	{"RolesAnywhere Sessions", "CreateSession", LP_FACT_ISSUED, "accessKeyId", "arn", NULL},
	/* Asked for by permission set: the role's name has a suffix that only IAM knows. */
	{"SSO", "GetRoleCredentials", LP_FACT_CREATED, "accessKeyId", "role_name",
	 "role/AWSReservedSSO_"},
};

static const struct teacher *teacher_of(const struct lp_call *call)
{
	if (!call->service || !call->operation)
		return NULL;
	for (size_t i = 0; i < LP_ARRAY_LEN(teachers); i++)
		if (!strcmp(teachers[i].service, call->service) &&
		    !strcmp(teachers[i].operation, call->operation))
			return &teachers[i];
	return NULL;
}

/* The value of the first field whose path ends in `leaf`; the empty span when there is none. */
static struct lp_span field_of(const struct lp_response *rsp, const char *leaf)
{
	struct lp_span want = lp_span_str(leaf);

	for (size_t i = 0; rsp && i < rsp->n_fields; i++) {
		struct lp_span name = rsp->fields[i].name;
		char before;

		/* Logs write members with a small first letter. */
		if (name.len < want.len ||
		    !lp_span_caseeq(lp_span_from(name, name.len - want.len), want))
			continue;
		before = name.len > want.len ? name.ptr[name.len - want.len - 1] : '.';
		if (before == '.' || before == '/')
			return rsp->fields[i].value;
	}
	return lp_span_of(NULL, 0);
}

/* A parameter of the request's query, undecoded; the empty span when there is none. */
static struct lp_span query_of(const struct lp_request *req, const char *name)
{
	struct lp_span rest = {NULL, 0}, key, value;

	if (req)
		rest = lp_span_from(req->target, lp_span_find(req->target, '?') + 1);
	while (lp_query_next(&rest, &key, &value))
		if (lp_query_is(key, lp_span_str(name)))
			return value;
	return lp_span_of(NULL, 0);
}

/* Field `n` of an ARN, from 0 ("arn"); the sixth takes all that is left. */
static struct lp_span arn_field(struct lp_span arn, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		arn = lp_span_from(arn, lp_span_find(arn, ':') + 1);
	return n < 5 ? lp_span_first(arn, lp_span_find(arn, ':')) : arn;
}

/* The account of an ARN; the empty span where it names none. */
static struct lp_span account_of(struct lp_span arn)
{
	struct lp_span field = arn_field(arn, 4);

	return lp_span_starts(arn, LP_SPAN("arn:")) && lp_is_account(field) ? field
									    : lp_span_of(NULL, 0);
}

bool lp_arn_account(struct lp_span arn, char account[13])
{
	struct lp_span field = account_of(arn);

	if (!field.len)
		return false;
	memcpy(account, field.ptr, ACCOUNT_DIGITS);
	account[ACCOUNT_DIGITS] = '\0';
	return true;
}

/* What follows the last '/'. */
static struct lp_span last_part(struct lp_span s)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '/')
			return lp_span_from(s, i);
	return s;
}

static char *put(char *to, struct lp_span s)
{
	if (s.len)
		memcpy(to, s.ptr, s.len);
	return to + s.len;
}

struct lp_span lp_principal_of(struct lp_span arn, struct lp_arena *arena)
{
	struct lp_span resource, partition, account, role;
	char *out, *p;

	if (!lp_span_starts(arn, LP_SPAN("arn:")))
		return arn;
	partition = arn_field(arn, 1);
	account = arn_field(arn, 4);
	resource = arn_field(arn, 5);
	if (lp_span_starts(resource, LP_SPAN("assumed-role/"))) {
		role = lp_span_from(resource, sizeof("assumed-role/") - 1);
		role = lp_span_first(role, lp_span_find(role, '/'));
	} else if (lp_span_starts(resource, LP_SPAN("role/"))) {
		role = last_part(resource);
	} else {
		return arn;
	}
	/* By hand: sources that name principals come here for every call. */
	out = p = lp_arena_alloc(arena, 32 + partition.len + account.len + role.len);
	if (!out)
		return lp_span_of(NULL, 0);
	p = put(put(put(p, LP_SPAN("arn:")), partition), LP_SPAN(":iam::"));
	p = put(put(put(p, account), LP_SPAN(":role/")), role);
	return lp_span_of(out, (size_t)(p - out));
}

struct fact_list {
	struct lp_fact *facts;
	size_t n;
	struct lp_span answered[ACCOUNTS_PER_CALL]; /* accounts in the answer */
	unsigned n_answered;
};

static void add_fact(struct fact_list *l, struct lp_span key, enum lp_fact_kind kind,
		     struct lp_span value)
{
	if (!key.len || !value.len || l->n == FACTS_PER_CALL)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->facts[i].kind == kind && lp_span_eq(l->facts[i].access_key, key) &&
		    lp_span_eq(l->facts[i].value, value))
			return;
	l->facts[l->n++] = (struct lp_fact){key, kind, value};
}

/* An IAM ARN for a name that came without one; the account by `account`, the key id, or `*`. */
static struct lp_span principal_named(const struct lp_call *call, struct lp_span key,
				      struct lp_span account, const char *label,
				      struct lp_span name, struct lp_arena *arena)
{
	char by_key[13] = "*";

	if (!lp_is_account(account)) {
		if (!lp_account_of_key(key, by_key))
			by_key[0] = '*', by_key[1] = '\0';
		account = lp_span_str(by_key);
	}
	return lp_span_str(lp_arena_printf(
		arena, "arn:%s:iam::%.*s:%s%.*s", call->partition ? call->partition : "aws",
		(int)account.len, account.ptr, label, (int)name.len, name.ptr));
}

static int teach(const struct lp_call *call, const struct teacher *t, struct lp_arena *arena,
		 struct fact_list *l)
{
	struct lp_span key = t->key ? field_of(call->response, t->key) : call->access_key;
	struct lp_span value;

	if (!key.len)
		return 0;
	if (!t->value) {
		add_fact(l, key, t->kind, call->access_key);
		return 0;
	}
	value = field_of(call->response, t->value);
	if (!value.len)
		value = query_of(call->request, t->value);
	if (!value.len)
		return 0;
	if (!t->label)
		value = lp_principal_of(value, arena);
	else if (t->label[strlen(t->label) - 1] == ':')
		value = lp_span_str(
			lp_arena_printf(arena, "%s%.*s", t->label, (int)value.len, value.ptr));
	else
		value = principal_named(call, key, query_of(call->request, "account_id"), t->label,
					value, arena);
	if (!value.len)
		return -ENOMEM;
	add_fact(l, key, t->kind, value);
	return 0;
}

/*
 * Credentials handed out to an instance (path ends in the role's name), a container (the answer
 * has the role's ARN) or a pod (the answer has only the account).
 */
static int teach_metadata(const struct lp_call *call, struct lp_arena *arena, struct fact_list *l)
{
	const struct lp_span dir = LP_SPAN("/iam/security-credentials/");
	struct lp_span key = field_of(call->response, "AccessKeyId");
	struct lp_span arn = field_of(call->response, "RoleArn");
	struct lp_span account = field_of(call->response, "AccountId");
	struct lp_span value, role, path;

	if (!key.len)
		return 0;
	if (lp_is_account(account))
		add_fact(l, key, LP_FACT_ACCOUNT, account);
	if (arn.len) {
		value = lp_principal_of(arn, arena);
		if (!value.len)
			return -ENOMEM;
		add_fact(l, key, LP_FACT_ISSUED, value);
		return 0;
	}
	if (!call->request)
		return 0;
	path = lp_span_first(call->request->target, lp_span_find(call->request->target, '?'));
	role = last_part(path);
	path.len -= role.len;
	if (!role.len || !lp_span_ends(path, dir))
		return 0;
	value = principal_named(call, key, account, "role/", role, arena);
	if (!value.len)
		return -ENOMEM;
	add_fact(l, key, LP_FACT_CREATED, value);
	return 0;
}

/* SQS names queues by URL: the account is the first part of the path. */
static struct lp_span account_of_queue_url(struct lp_span url)
{
	const struct lp_span schemes[] = {LP_SPAN("https://"), LP_SPAN("http://")};

	for (size_t i = 0; i < LP_ARRAY_LEN(schemes); i++) {
		struct lp_span rest;

		if (!lp_span_starts(url, schemes[i]))
			continue;
		rest = lp_span_from(url, schemes[i].len);
		rest = lp_span_from(rest, lp_span_find(rest, '/') + 1);
		rest = lp_span_first(rest, lp_span_find(rest, '/'));
		if (lp_is_account(rest))
			return rest;
	}
	return lp_span_of(NULL, 0);
}

/* An account that the program asked for may be anybody's: the answer only repeats it. */
static void add_answer(struct fact_list *l, const struct lp_call *call, struct lp_span account)
{
	const struct lp_request *req = call->request;

	if (!account.len || l->n_answered == ACCOUNTS_PER_CALL)
		return;
	for (unsigned i = 0; i < l->n_answered; i++)
		if (lp_span_eq(l->answered[i], account))
			return;
	l->answered[l->n_answered++] = account;
	if (!req || (!lp_span_holds(req->target, account) && !lp_span_holds(req->body, account)))
		add_fact(l, call->access_key, LP_FACT_ANSWER, account);
}

int lp_facts_of(const struct lp_call *call, struct lp_arena *arena, const struct lp_fact **out,
		size_t *n)
{
	struct fact_list l = {.facts = lp_arena_alloc(arena, FACTS_PER_CALL * sizeof(*l.facts))};
	const struct teacher *t = teacher_of(call);
	int err = 0;

	*out = l.facts;
	*n = 0;
	if (!l.facts)
		return -ENOMEM;
	if (call->principal.len) {
		struct lp_span p = lp_principal_of(call->principal, arena);

		if (!p.len)
			return -ENOMEM;
		add_fact(&l, call->access_key, LP_FACT_SOURCE, p);
	}
	if (call->metadata) {
		err = teach_metadata(call, arena, &l);
	} else if (t) {
		err = teach(call, t, arena, &l);
	} else {
		/*
		 * Whoever hands out credentials speaks of other principals, often in other
		 * accounts; elsewhere ARNs are nearly always the caller's own.
		 */
		for (size_t i = 0; call->response && i < call->response->n_fields; i++)
			add_answer(&l, call, account_of(call->response->fields[i].value));
		add_answer(&l, call, account_of_queue_url(field_of(call->response, "QueueUrl")));
		for (size_t i = 0; i < call->authz.n_grants; i++)
			for (size_t j = 0; j < call->authz.grants[i].n_resources; j++)
				add_fact(&l, call->access_key, LP_FACT_REQUEST,
					 account_of(
						 lp_span_str(call->authz.grants[i].resources[j])));
	}
	*n = l.n;
	return err;
}

/* --- the set of facts ------------------------------------------------------------------------- */

#define MIXED (LP_INTERN_NONE - 1) /* facts that must be unanimous and are not */

struct lp_identities {
	struct lp_intern keys;
	struct lp_intern values;
	uint32_t (*facts)[LP_FACT_KINDS]; /* by key id: value id, LP_INTERN_NONE or MIXED */
	uint32_t cap;
	uint64_t changes;
};

int lp_identities_new(struct lp_identities **out)
{
	struct lp_identities *ids = calloc(1, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	lp_intern_init(&ids->keys);
	lp_intern_init(&ids->values);
	*out = ids;
	return 0;
}

void lp_identities_free(struct lp_identities *ids)
{
	if (!ids)
		return;
	lp_intern_fini(&ids->keys);
	lp_intern_fini(&ids->values);
	free(ids->facts);
	free(ids);
}

static bool must_be_unanimous(enum lp_fact_kind kind)
{
	return kind == LP_FACT_ANSWER || kind == LP_FACT_REQUEST;
}

/* Puts one value (or MIXED) into its place; the result is the same in any order. */
static void join(struct lp_identities *ids, uint32_t *have, enum lp_fact_kind kind, uint32_t value)
{
	uint32_t before = *have;

	if (*have == LP_INTERN_NONE || value == MIXED)
		*have = value;
	else if (*have == MIXED || *have == value)
		return;
	else if (must_be_unanimous(kind))
		*have = MIXED;
	else if (strcmp(lp_intern_str(&ids->values, value), lp_intern_str(&ids->values, *have)) < 0)
		*have = value;
	ids->changes += *have != before;
}

bool lp_identities_has(const struct lp_identities *ids, const struct lp_fact *fact)
{
	return lp_intern_find(&ids->keys, fact->access_key) != LP_INTERN_NONE &&
	       lp_intern_find(&ids->values, fact->value) != LP_INTERN_NONE;
}

uint64_t lp_identities_changes(const struct lp_identities *ids)
{
	return ids->changes;
}

static int key_row(struct lp_identities *ids, struct lp_span key, uint32_t *id)
{
	int err = lp_intern(&ids->keys, key, id);

	if (err || *id < ids->cap)
		return err;

	uint32_t cap = ids->cap ? ids->cap * 2 : 8;
	void *facts = realloc(ids->facts, cap * sizeof(*ids->facts));

	if (!facts)
		return -ENOMEM;
	ids->facts = facts;
	for (uint32_t i = ids->cap; i < cap; i++)
		for (unsigned k = 0; k < LP_FACT_KINDS; k++)
			ids->facts[i][k] = LP_INTERN_NONE;
	ids->cap = cap;
	return 0;
}

int lp_identities_add(struct lp_identities *ids, const struct lp_fact *fact)
{
	uint32_t key, value;
	int err;

	if (!fact->access_key.len || !fact->value.len || fact->kind >= LP_FACT_KINDS ||
	    (fact->kind == LP_FACT_SAME_AS && lp_span_eq(fact->access_key, fact->value)))
		return 0;
	err = key_row(ids, fact->access_key, &key);
	if (!err && must_be_unanimous(fact->kind) && lp_span_eq(fact->value, LP_SPAN("*")))
		value = MIXED;
	else if (!err)
		err = lp_intern(&ids->values, fact->value, &value);
	if (!err)
		join(ids, &ids->facts[key][fact->kind], fact->kind, value);
	return err;
}

static int compare_keys(const void *a, const void *b, void *keys)
{
	return strcmp(lp_intern_str(keys, *(const uint32_t *)a),
		      lp_intern_str(keys, *(const uint32_t *)b));
}

int lp_identities_each(const struct lp_identities *ids, lp_fact_fn fn, void *ctx)
{
	uint32_t n = ids->keys.n_strs;
	uint32_t *order = calloc(n + 1, sizeof(*order));
	struct lp_intern keys = ids->keys; /* only read, but qsort_r wants it without const */
	int err = 0;

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), compare_keys, &keys);
	for (uint32_t i = 0; i < n; i++)
		for (unsigned k = 0; !err && k < LP_FACT_KINDS; k++) {
			uint32_t value = ids->facts[order[i]][k];
			struct lp_fact fact = {
				.access_key = lp_intern_span(&ids->keys, order[i]),
				.kind = k,
				.value = value < MIXED ? lp_intern_span(&ids->values, value)
						       : LP_SPAN("*"),
			};

			if (value != LP_INTERN_NONE)
				err = fn(ctx, &fact);
		}
	free(order);
	return err;
}

/* The value of a fact about `key`, or NULL. */
static const char *fact_of(const struct lp_identities *ids, struct lp_span key,
			   enum lp_fact_kind kind)
{
	uint32_t row = lp_intern_find(&ids->keys, key);
	uint32_t value = row == LP_INTERN_NONE ? LP_INTERN_NONE : ids->facts[row][kind];

	return value < MIXED ? lp_intern_str(&ids->values, value) : NULL;
}

/* The keys from `key` to the one all of them are sessions of; returns how many. */
static unsigned chain_of(const struct lp_identities *ids, struct lp_span key,
			 struct lp_span chain[SAME_AS_HOPS])
{
	unsigned n = 0;

	while (n < SAME_AS_HOPS) {
		const char *next;

		chain[n++] = key;
		next = fact_of(ids, key, LP_FACT_SAME_AS);
		if (!next)
			break;
		key = lp_span_str(next);
	}
	return n;
}

const char *lp_identities_principal(const struct lp_identities *ids, struct lp_span access_key)
{
	struct lp_span chain[SAME_AS_HOPS];

	for (unsigned n = chain_of(ids, access_key, chain); n-- > 0;)
		for (unsigned k = LP_FACT_CALLER; k <= LP_FACT_CREATED; k++) {
			const char *p = fact_of(ids, chain[n], k);

			if (p)
				return p;
		}
	return NULL;
}

const char *lp_identities_who(const struct lp_identities *ids, struct lp_span access_key)
{
	const char *p = lp_identities_principal(ids, access_key);
	struct lp_span chain[SAME_AS_HOPS];
	unsigned n;

	if (p)
		return p;
	n = chain_of(ids, access_key, chain);
	return n > 1 ? fact_of(ids, chain[n - 2], LP_FACT_SAME_AS) : NULL;
}

/*
 * Where an account may stand, best first. Principals that a source or a bare name gave rank below
 * what answers say: their account may itself be no more than decoded from a key id.
 */
static const enum lp_fact_kind account_ranks[] = {
	LP_FACT_CALLER, LP_FACT_ISSUED,	 LP_FACT_ACCOUNT, LP_FACT_ANSWER,
	LP_FACT_SOURCE, LP_FACT_CREATED, LP_FACT_REQUEST,
};

static bool account_of_one(const struct lp_identities *ids, struct lp_span key, char account[13])
{
	for (size_t i = 0; i < LP_ARRAY_LEN(account_ranks); i++) {
		struct lp_span value = lp_span_str(fact_of(ids, key, account_ranks[i]));

		/* What the id itself says ranks above what the program asked for. */
		if (account_ranks[i] == LP_FACT_REQUEST && lp_account_of_key(key, account))
			return true;
		if (lp_arn_account(value, account))
			return true;
		if (value.ptr && lp_is_account(value)) {
			memcpy(account, value.ptr, ACCOUNT_DIGITS);
			account[ACCOUNT_DIGITS] = '\0';
			return true;
		}
	}
	return false;
}

bool lp_identities_account(const struct lp_identities *ids, struct lp_span access_key,
			   char account[13])
{
	struct lp_span chain[SAME_AS_HOPS];

	for (unsigned n = chain_of(ids, access_key, chain); n-- > 0;)
		if (account_of_one(ids, chain[n], account))
			return true;
	return false;
}

void lp_identity_name(struct lp_span who, char *buf, size_t size)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "._+=,@-";
	struct lp_span name = last_part(who);
	size_t n = 0;

	if (lp_span_starts(who, LP_SPAN("arn:")) && lp_span_eq(name, who))
		name = arn_field(who, 5);
	if (!name.len)
		name = LP_SPAN("unknown");
	for (; n < name.len && n + 1 < size; n++) {
		char c = name.ptr[n];

		buf[n] = c && strchr(plain, c) && !(c == '.' && n == 0) ? c : '-';
	}
	if (size)
		buf[n] = '\0';
}
