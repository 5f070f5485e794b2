/* SPDX-License-Identifier: MIT */
/*
 * leastpriv lookup: AWS's Service Authorization Reference, offline. Which actions there are, what
 * each can be restricted to, which API operations need it, and what an ARN can be given to.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/distance.h"
#include "base/json_out.h"
#include "base/log.h"
#include "cmd.h"
#include "model/iam.h"
#include "policy/fits.h"
#include "policy/pattern.h"

#define NEAR_MAX       5 /* suggestions for a name that is unknown */
#define NEAR_NAME_MAX  LP_DISTANCE_MAX
#define OP_ACTIONS_MAX 64
#define DEPENDENTS_MAX 256

static const char usage[] =
	"usage: leastpriv lookup [--json] NAME...\n"
	"       leastpriv lookup [--json] --arn ARN...\n"
	"\n"
	"NAME is an action (s3:GetObject), a pattern (\"s3:Get*\") or a prefix (s3) of such, an\n"
	"API operation (dynamodb.TransactWriteItems, \"Elastic Load Balancing v2.CreateRule\"), "
	"or\n"
	"an ARN.\n"
	"\n"
	"  --arn          names are ARNs: which resource types they are, which actions take them\n"
	"  --json         one JSON object a line\n"
	"  --model FILE   " LP_CMD_MODEL_HELP "  --help         this text\n"
	"\n"
	"Exit status: 0; 1 when a name is unknown (the nearest ones are shown); 2 on wrong "
	"usage.\n";

struct out {
	FILE *f;
	bool json;
};

/* A list member of a JSON object or a line of text: opens at the first item. */
struct series {
	struct out *o;
	const char *name;
	unsigned n;
};

static void item(struct series *s, const char *text)
{
	if (s->o->json) {
		fputs(s->n ? "," : "", s->o->f);
		if (!s->n)
			fprintf(s->o->f, ",\"%s\":[", s->name);
		lp_json_out_str(s->o->f, text);
	} else {
		if (!s->n)
			fprintf(s->o->f, "  %s:\n", s->name);
		fprintf(s->o->f, "    %s\n", text);
	}
	s->n++;
}

static void end_series(struct series *s)
{
	if (s->o->json && s->n)
		fputc(']', s->o->f);
	else if (s->o->json)
		fprintf(s->o->f, ",\"%s\":[]", s->name);
}

static void open_object(struct out *o, const char *kind, const char *name)
{
	if (o->json) {
		fprintf(o->f, "{\"%s\":", kind);
		lp_json_out_str(o->f, name);
	} else {
		/* The person's own text comes back where it is unknown: nothing of it may be an
		 * order to a terminal. */
		lp_print(o->f, "%s\n", name);
	}
}

static void close_object(struct out *o)
{
	fputs(o->json ? "}\n" : "", o->f);
}

static void string_member(struct out *o, const char *name, const char *label, const char *value)
{
	if (o->json) {
		fprintf(o->f, ",\"%s\":", name);
		lp_json_out_str(o->f, value);
	} else {
		fprintf(o->f, "  %s: %s\n", label, value);
	}
}

/* --- actions ---------------------------------------------------------------------------------- */

static void put_types(struct out *o, lp_iam_action a)
{
	unsigned n = lp_iam_action_types(a);

	if (o->json)
		fputs(",\"resource_types\":[", o->f);
	else if (n)
		fputs("  resource types:\n", o->f);
	else
		fputs("  resource: must be *, this action cannot be restricted to resources\n",
		      o->f);
	for (unsigned i = 0; i < n; i++) {
		struct lp_iam_ref r = lp_iam_action_type(a, i);
		unsigned patterns = lp_iam_type_patterns(r.type);

		if (o->json) {
			fprintf(o->f, "%s{\"type\":", i ? "," : "");
			lp_json_out_str(o->f, lp_iam_type_name(r.type));
			fprintf(o->f, ",\"required\":%s,\"arns\":[", r.required ? "true" : "false");
			for (unsigned p = 0; p < patterns; p++) {
				fputs(p ? "," : "", o->f);
				lp_json_out_str(o->f, lp_iam_type_pattern(r.type, p));
			}
			fputs("]}", o->f);
			continue;
		}
		for (unsigned p = 0; p < patterns; p++)
			fprintf(o->f, "    %s%s  %s\n", lp_iam_type_name(r.type),
				r.required ? " (required)" : "", lp_iam_type_pattern(r.type, p));
	}
	if (o->json)
		fprintf(o->f, "],\"restrictable\":%s", n ? "true" : "false");
}

#define OPERATION_NAME_MAX 256

static void operation_name(lp_op op, char name[OPERATION_NAME_MAX])
{
	snprintf(name, OPERATION_NAME_MAX, "%s.%s", lp_model_service_dir(op),
		 lp_model_operation_name(op));
}

static void put_operations(struct out *o, lp_iam_action a)
{
	struct series s = {.o = o, .name = "operations"};
	lp_iam_action have[OP_ACTIONS_MAX];
	char name[OPERATION_NAME_MAX];

	for (lp_op op = 0; op < lp_model_op_count(); op++) {
		unsigned n = lp_iam_op_actions(op, have, OP_ACTIONS_MAX);

		for (unsigned i = 0; i < n && i < OP_ACTIONS_MAX; i++) {
			if (have[i] != a)
				continue;
			operation_name(op, name);
			item(&s, name);
			break;
		}
	}
	end_series(&s);
}

/* What the reference lists as dependent on any of the actions, each once, but for themselves. */
static void put_dependents(struct out *o, const lp_iam_action *of, unsigned n)
{
	struct series s = {.o = o, .name = o->json ? "dependent_actions" : "dependent actions"};
	lp_iam_action seen[DEPENDENTS_MAX];
	unsigned n_seen = 0;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < lp_iam_action_deps(of[i]); k++) {
			lp_iam_action a = lp_iam_action_dep(of[i], k);
			bool twice = n_seen == DEPENDENTS_MAX;

			for (unsigned j = 0; j < n && n > 1; j++)
				twice = twice || of[j] == a;
			for (unsigned j = 0; j < n_seen; j++)
				twice = twice || seen[j] == a;
			if (twice)
				continue;
			seen[n_seen++] = a;
			item(&s, lp_iam_action_name(a));
		}
	}
	end_series(&s);
}

/* The condition keys of an action, then those of what it works on, in a row. NULL: no more. */
static const char *condition(lp_iam_action a, unsigned i)
{
	unsigned n = lp_iam_action_conds(a);

	if (i < n)
		return lp_iam_action_cond(a, i);
	i -= n;
	for (unsigned k = 0; k < lp_iam_action_types(a); k++, i -= n) {
		lp_iam_type t = lp_iam_action_type(a, k).type;

		n = lp_iam_type_conds(t);
		if (i < n)
			return lp_iam_type_cond(t, i);
	}
	return NULL;
}

/* Each once. */
static void put_conditions(struct out *o, lp_iam_action a)
{
	struct series s = {.o = o, .name = o->json ? "condition_keys" : "condition keys"};
	const char *key;

	for (unsigned i = 0; (key = condition(a, i)); i++) {
		unsigned first = 0;

		while (strcmp(condition(a, first), key) != 0)
			first++;
		if (first == i)
			item(&s, key);
	}
	end_series(&s);
}

static void put_action(struct out *o, lp_iam_action a)
{
	open_object(o, "action", lp_iam_action_name(a));
	string_member(o, "access_level", "access level", lp_iam_action_level(a));
	put_types(o, a);
	put_conditions(o, a);
	put_dependents(o, &a, 1);
	put_operations(o, a);
	close_object(o);
}

/* One of several. */
static void put_listed(void *acts, lp_iam_action a)
{
	struct series *s = acts;
	char text[512];

	if (s->o->json)
		snprintf(text, sizeof(text), "%s", lp_iam_action_name(a));
	else
		snprintf(text, sizeof(text), "%s  %s%s", lp_iam_action_name(a),
			 lp_iam_action_level(a), lp_iam_action_types(a) ? "" : ", only on *");
	item(s, text);
}

static void put_pattern(struct out *o, struct lp_span pattern)
{
	struct series acts = {.o = o, .name = "actions"};

	open_object(o, "pattern", pattern.ptr);
	lp_each_action(pattern, put_listed, &acts);
	end_series(&acts);
	close_object(o);
}

static void put_prefix(struct out *o, lp_iam_prefix p)
{
	struct series acts = {.o = o, .name = "actions"},
		      types = {.o = o, .name = o->json ? "resource_types" : "resource types"};
	lp_iam_action first;
	lp_iam_type type;
	unsigned n = lp_iam_prefix_actions(p, &first);
	char text[512];

	open_object(o, "prefix", lp_iam_prefix_name(p));
	for (unsigned i = 0; i < n; i++)
		put_listed(&acts, (lp_iam_action)(first + i));
	end_series(&acts);
	n = lp_iam_prefix_types(p, &type);
	for (unsigned i = 0; i < n; i++) {
		lp_iam_type t = (lp_iam_type)(type + i);

		/* A loaded document may name a type and no ARN of it. */
		snprintf(text, sizeof(text), "%s%s%s", lp_iam_type_name(t),
			 lp_iam_type_patterns(t) ? "  " : "",
			 lp_iam_type_patterns(t) ? lp_iam_type_pattern(t, 0) : "");
		item(&types, text);
	}
	end_series(&types);
	close_object(o);
}

static void put_operation(struct out *o, lp_op op)
{
	struct series s = {.o = o, .name = "actions"};
	lp_iam_action have[OP_ACTIONS_MAX];
	unsigned n = lp_iam_op_actions(op, have, OP_ACTIONS_MAX);
	char name[OPERATION_NAME_MAX];

	operation_name(op, name);
	open_object(o, "operation", name);
	string_member(o, "service", "service", lp_model_service_id(op));
	for (unsigned i = 0; i < n && i < OP_ACTIONS_MAX; i++)
		item(&s, lp_iam_action_name(have[i]));
	end_series(&s);
	put_dependents(o, have, n < OP_ACTIONS_MAX ? n : OP_ACTIONS_MAX);
	if (!n && !o->json)
		fputs(lp_iam_op_needs_none(op) ? "  needs no permission\n"
					       : "  no action of the reference is known for it\n",
		      o->f);
	if (o->json)
		fprintf(o->f, ",\"no_permission\":%s", lp_iam_op_needs_none(op) ? "true" : "false");
	close_object(o);
}

/* --- ARNs ------------------------------------------------------------------------------------- */

/* Separators in the resource part of the pattern that the ARN fits: the more, the more exact. 0:
 * none. */
static unsigned fit_of(lp_iam_type t, struct lp_span arn)
{
	unsigned best = 0;

	for (unsigned i = 0; i < lp_iam_type_patterns(t); i++) {
		const char *p = lp_iam_type_pattern(t, i);
		unsigned n = 1;

		if (!lp_iam_arn_fits_owned(arn, p))
			continue;
		for (; *p; p++)
			n += *p == '/' || *p == ':';
		best = n > best ? n : best;
	}
	return best;
}

/*
 * Variables match anything, so "arn:aws:s3:::b/k" fits the pattern of buckets too; of the types of
 * one prefix only those with the most exact pattern count.
 */
static bool put_arn(struct out *o, const char *arn)
{
	struct series types = {.o = o, .name = o->json ? "resource_types" : "resource types"};
	struct series acts = {.o = o, .name = "actions"};
	struct lp_span text = lp_span_str(arn);
	char name[512];

	open_object(o, "arn", arn);
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned p = 0; p < lp_iam_prefix_count(); p++) {
			lp_iam_type first;
			lp_iam_action action;
			unsigned n = lp_iam_prefix_types((lp_iam_prefix)p, &first), best = 0;
			unsigned n_acts = lp_iam_prefix_actions((lp_iam_prefix)p, &action);

			for (unsigned i = 0; i < n; i++) {
				unsigned fit = fit_of((lp_iam_type)(first + i), text);

				best = fit > best ? fit : best;
			}
			for (unsigned i = 0; best && pass == 0 && i < n; i++) {
				if (fit_of((lp_iam_type)(first + i), text) != best)
					continue;
				snprintf(name, sizeof(name), "%s %s",
					 lp_iam_prefix_name((lp_iam_prefix)p),
					 lp_iam_type_name((lp_iam_type)(first + i)));
				item(&types, name);
			}
			for (unsigned i = 0; best && pass == 1 && i < n_acts; i++) {
				lp_iam_action a = (lp_iam_action)(action + i);
				bool takes = false;

				for (unsigned t = 0; t < lp_iam_action_types(a); t++)
					takes = takes ||
						fit_of(lp_iam_action_type(a, t).type, text) == best;
				if (takes)
					item(&acts, lp_iam_action_name(a));
			}
		}
		end_series(pass ? &acts : &types);
	}
	if (!types.n && !o->json)
		fputs("  unknown\n", o->f);
	close_object(o);
	return types.n != 0;
}

/* --- near matches ----------------------------------------------------------------------------- */

struct near {
	unsigned distance;
	char name[NEAR_NAME_MAX + 1];
};

/* Of several at the same distance the shortest: s3 before s3-object-lambda. */
static bool nearer(unsigned d, const char *name, const struct near *than)
{
	return d < than->distance || (d == than->distance && strlen(name) < strlen(than->name));
}

/* `like` is the part of `name` that is compared. */
static void consider(struct near *near, struct lp_span want, const char *name, const char *like)
{
	unsigned d = lp_distance(want, lp_span_str(like));
	unsigned i = NEAR_MAX;

	if (d > want.len / 3 + 1)
		return;
	while (i && nearer(d, name, &near[i - 1]))
		i--;
	if (i == NEAR_MAX)
		return;
	memmove(&near[i + 1], &near[i], (NEAR_MAX - 1 - i) * sizeof(*near));
	near[i].distance = d;
	snprintf(near[i].name, sizeof(near[i].name), "%s", name);
}

/* Where no action has that name, people mean the API operation that has it. */
static void consider_operations(struct near *near, struct lp_span want, char kind)
{
	lp_op called = kind == ':' ? lp_iam_op_called(want) : LP_OP_NONE;
	bool alone = kind == 0 && near[0].distance;
	char name[OPERATION_NAME_MAX];

	for (lp_op op = 0; (alone || called != LP_OP_NONE) && op < lp_model_op_count(); op++) {
		const char *operation = lp_model_operation_name(op);

		if (op != called && !(alone && lp_span_caseeq(lp_span_str(operation), want)))
			continue;
		operation_name(op, name);
		consider(near, lp_span_str(name), name, name);
	}
}

static void put_unknown(struct out *o, struct lp_span want, char kind)
{
	struct series s = {.o = o, .name = "near"};
	struct near near[NEAR_MAX] = {{.name = ""}};
	char name[OPERATION_NAME_MAX];

	for (unsigned i = 0; i < NEAR_MAX; i++)
		near[i].distance = NEAR_NAME_MAX;
	for (unsigned i = 0; kind == 0 && i < lp_iam_prefix_count(); i++) {
		const char *prefix = lp_iam_prefix_name((lp_iam_prefix)i);

		consider(near, want, prefix, prefix);
	}
	/* Without a service, as people speak of it, in whichever has it. */
	for (unsigned i = 0; kind != '.' && i < lp_iam_action_count(); i++) {
		const char *action = lp_iam_action_name((lp_iam_action)i);
		const char *colon = kind ? NULL : strchr(action, ':');

		consider(near, want, action, colon ? colon + 1 : action);
	}
	for (lp_op op = 0; kind == '.' && op < lp_model_op_count(); op++) {
		operation_name(op, name);
		consider(near, want, name, name);
	}
	consider_operations(near, want, kind);
	open_object(o, "unknown", want.ptr);
	if (!o->json)
		fputs("  unknown\n", o->f);
	for (unsigned i = 0; i < NEAR_MAX && near[i].distance < NEAR_NAME_MAX; i++)
		item(&s, near[i].name);
	end_series(&s);
	close_object(o);
}

static bool look_up(struct out *o, const char *name)
{
	struct lp_span text = lp_span_str(name);
	size_t dot = lp_span_find(text, '.');
	lp_iam_prefix p = lp_iam_find_prefix(text);
	lp_iam_action a = lp_iam_find_action(text);

	if (p != LP_IAM_NONE) {
		put_prefix(o, p);
		/* What loaded documents add to it is a prefix of the same name. */
		for (unsigned i = p + 1u; i < lp_iam_prefix_count(); i++)
			if (lp_span_caseeq(lp_span_str(lp_iam_prefix_name((lp_iam_prefix)i)), text))
				put_prefix(o, (lp_iam_prefix)i);
		return true;
	}
	if (a != LP_IAM_NONE) {
		put_action(o, a);
		return true;
	}
	if (lp_span_starts(text, LP_SPAN("arn:")))
		return put_arn(o, name);
	if (!lp_pattern_is_literal(text) && lp_each_action(text, NULL, NULL)) {
		put_pattern(o, text);
		return true;
	}
	if (dot < text.len) {
		lp_op op = lp_model_find(lp_span_first(text, dot), lp_span_from(text, dot + 1));

		if (op != LP_OP_NONE) {
			put_operation(o, op);
			return true;
		}
	}
	put_unknown(o, text, lp_span_find(text, ':') < text.len ? ':' : dot < text.len ? '.' : 0);
	return false;
}

int lp_cmd_lookup(int argc, char **argv)
{
	static const struct option options[] = {
		{"arn", no_argument, NULL, 'a'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct out o = {.f = stdout};
	bool arns = false, all = true;
	int c;

	optind = 1;
	while ((c = lp_cmd_option(argc, argv, "h", options)) != -1) {
		switch (c) {
		case 'a':
			arns = true;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return LP_EXIT_USAGE;
		}
	}
	if (optind == argc)
		return lp_cmd_takes(argv[0], arns ? "ARN..." : "NAME...");
	for (int i = optind; i < argc; i++)
		all = (arns ? put_arn(&o, argv[i]) : look_up(&o, argv[i])) && all;
	return all ? 0 : LP_EXIT_FINDINGS;
}
