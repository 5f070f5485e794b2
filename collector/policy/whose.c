/* SPDX-License-Identifier: MIT */
#include "whose.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/intern.h"
#include "base/log.h"
#include "resolve.h"

#define NAMED_MAX 10 /* identities that are listed */

struct named {
	const struct lp_ledger *l;
	struct lp_resolver *resolver;
	const char *want;
	struct lp_intern found, all;
};

static int meet(struct named *n, struct lp_span who)
{
	uint32_t id;
	int err = who.len ? lp_intern(&n->all, who, &id) : 0;

	if (err || !lp_is_identity(n->want, who))
		return err;
	return lp_intern(&n->found, who, &id);
}

static int meet_caller(void *ctx, const struct lp_record *rec)
{
	struct named *n = ctx;
	struct lp_resolved resolved;
	int err;

	if (rec->flags & LP_GRANT_POSSIBLE)
		return 0;
	err = lp_resolve(n->resolver, rec, &resolved);
	return err ? err : meet(n, resolved.who);
}

/* Who made no call that needs a permission is known all the same. */
static int meet_other(void *ctx, const struct lp_fact *fact)
{
	struct named *n = ctx;
	const char *who = lp_identities_who(lp_ledger_identities(n->l), fact->access_key);

	return meet(n, who ? lp_span_str(who) : fact->access_key);
}

static void list_named(const struct lp_intern *names)
{
	uint32_t most = names->n_strs < NAMED_MAX ? names->n_strs : NAMED_MAX;

	for (uint32_t i = 0; i < most; i++)
		lp_print(stderr, " %s", lp_intern_str(names, i));
	fputs(names->n_strs > most ? " ...\n" : "\n", stderr);
}

int lp_whose_check(const struct lp_ledger *l, const struct lp_build_options *opts)
{
	struct named n = {.l = l, .want = opts->identity};
	int err;

	if (!opts->identity)
		return 0;
	lp_intern_init(&n.found);
	lp_intern_init(&n.all);
	err = lp_resolver_new(l, opts, &n.resolver);
	if (!err)
		err = lp_ledger_each(l, meet_caller, &n);
	if (!err)
		err = lp_identities_each(lp_ledger_identities(l), meet_other, &n);
	if (err) {
		fprintf(stderr, "leastpriv: %s\n", strerror(-err));
	} else if (!n.found.n_strs) {
		lp_print(stderr, "leastpriv: --identity: the evidence has no \"%s\"%s", n.want,
			 n.all.n_strs ? "; it has" : ", and nobody else");
		list_named(&n.all);
		err = -ENOENT;
	} else if (n.found.n_strs > 1) {
		lp_print(stderr, "leastpriv: \"%s\" is the name of %u identities:", n.want,
			 n.found.n_strs);
		list_named(&n.found);
	}
	lp_intern_fini(&n.all);
	lp_intern_fini(&n.found);
	lp_resolver_free(n.resolver);
	return err;
}
