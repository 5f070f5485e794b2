/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "notations.h"

#define DESCRIBED_MAX 161 /* of an identity's name, with its end */

/* The number of a document that is not the first, after the name. */
static void add_number(char *buf, size_t size, size_t n, const char *before, size_t index)
{
	buf[n] = '\0';
	if (index > 0)
		snprintf(buf + n, size - n, "%s%zu", before, index + 1);
}

void lp_snake_name(const struct lp_policy *policy, size_t index, char buf[LP_NAME_SIZE])
{
	size_t n = 0;

	if (!lp_ascii_alpha(policy->name[0]))
		buf[n++] = '_';
	for (const char *p = policy->name; *p && n + 24 < LP_NAME_SIZE; p++)
		buf[n++] = (char)(lp_ascii_alnum(*p) ? *p : '_');
	add_number(buf, LP_NAME_SIZE, n, "_", index);
}

void lp_camel_name(const struct lp_policy *policy, size_t index, char buf[LP_NAME_SIZE])
{
	bool start = true;
	size_t n = 0;

	if (!lp_ascii_alpha(policy->name[0]))
		buf[n++] = 'P';
	for (const char *p = policy->name; *p && n + 24 < LP_NAME_SIZE; p++) {
		if (lp_ascii_alnum(*p))
			buf[n++] = (char)(start && *p >= 'a' && *p <= 'z' ? *p - ('a' - 'A') : *p);
		start = !lp_ascii_alnum(*p);
	}
	add_number(buf, LP_NAME_SIZE, n, "", index);
}

void lp_describe(const struct lp_policy *policy, size_t index, char buf[LP_NAME_SIZE])
{
	char who[DESCRIBED_MAX];
	int n;

	/* In comments and quotes of all notations: a newline would end them. */
	snprintf(who, sizeof(who), "%s", policy->identity[0] ? policy->identity : "the program");
	lp_utf8_make_plain(who);
	n = snprintf(buf, LP_NAME_SIZE, "What %s was seen to use", who);
	if (policy->n_documents > 1 && n > 0 && n < LP_NAME_SIZE)
		snprintf(buf + n, LP_NAME_SIZE - (size_t)n, ", part %zu of %zu", index + 1,
			 policy->n_documents);
}
