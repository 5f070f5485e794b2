/* SPDX-License-Identifier: MIT */
#ifndef TEST_EVIDENCE_H
#define TEST_EVIDENCE_H

/* Ledgers from lines of a call log, and policies as text, for the tests of policy/. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/calllog.h"
#include "policy/output.h"

/* A line of the one identity most tests are about. */
#define CALL(operation, actions)                                                                   \
	"{\"v\":1,\"accessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"service\":\"S3\",\"operation\":"      \
	"\"" operation "\",\"actions\":[" actions "],\"source\":\"shim\"}"
#define GRANT(action, resource) "{\"action\":\"" action "\",\"resources\":[\"" resource "\"]}"
#define GRANT_IF(action, resource, key, value)                                                     \
	"{\"action\":\"" action "\",\"resources\":[\"" resource                                    \
	"\"],\"conditions\":[{\"op\":\"StringEquals\",\"key\":\"" key "\",\"value\":\"" value      \
	"\"}]}"
#define GRANT_FLAG(action, resource, flag)                                                         \
	"{\"action\":\"" action "\",\"resources\":[\"" resource "\"],\"flags\":[\"" flag "\"]}"

static inline void add_line(struct lp_ledger *l, const char *line)
{
	struct lp_arena scratch;
	const char *why = "";

	lp_arena_init(&scratch, 1 << 20);
	if (lp_calllog_line(lp_span_str(line), l, &scratch, &why))
		fail_msg("%s: %s", why, line);
	lp_arena_fini(&scratch);
}

static inline struct lp_ledger *ledger_of(const char *const *lines, size_t n)
{
	struct lp_ledger *l;

	assert_int_equal(lp_ledger_new(&l), 0);
	for (size_t i = 0; i < n; i++)
		add_line(l, lines[i]);
	return l;
}

/* All of `from` by way of its log, as `leastpriv merge` does. */
static inline void merge(struct lp_ledger *into, const struct lp_ledger *from)
{
	char *text = NULL, *rest, *line;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(lp_calllog_write_ledger(out, from), 0);
	fclose(out);
	rest = text;
	while ((line = strsep(&rest, "\n")) && *line)
		add_line(into, line);
	free(text);
}

/* All documents of all policies, one after the other; free() it. */
static inline char *text_of(const struct lp_ledger *l, const struct lp_build_options *opts,
			    enum lp_format format)
{
	struct lp_policy_set set;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(lp_build(l, opts, &set), 0);
	for (size_t i = 0; i < set.n_policies; i++) {
		if (set.n_policies > 1)
			fprintf(out, "== %s\n", set.policies[i].identity);
		for (size_t d = 0; d < set.policies[i].n_documents; d++)
			assert_int_equal(lp_render(format, &set.policies[i], d, out), 0);
	}
	fclose(out);
	lp_policy_set_fini(&set);
	return text;
}

#endif
