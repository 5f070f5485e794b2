/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"
#include "notations.h"

#define DESCRIBED_MAX 161 /* of an identity's name, with its end */

static bool is_letter(char c)
{
	c = lp_ascii_lower(c);
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

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

	if (!is_letter(policy->name[0]))
		buf[n++] = '_';
	for (const char *p = policy->name; *p && n + 24 < LP_NAME_SIZE; p++)
		buf[n++] = (char)(is_letter(*p) || is_digit(*p) ? *p : '_');
	add_number(buf, LP_NAME_SIZE, n, "_", index);
}

void lp_camel_name(const struct lp_policy *policy, size_t index, char buf[LP_NAME_SIZE])
{
	bool start = true;
	size_t n = 0;

	if (!is_letter(policy->name[0]))
		buf[n++] = 'P';
	for (const char *p = policy->name; *p && n + 24 < LP_NAME_SIZE; p++) {
		if (is_letter(*p) || is_digit(*p))
			buf[n++] = (char)(start && *p >= 'a' && *p <= 'z' ? *p - ('a' - 'A') : *p);
		start = !is_letter(*p) && !is_digit(*p);
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
