/* SPDX-License-Identifier: MIT */
#include "lp_compiler.h"
#include "notations.h"

static const char *const markers[LP_PARAMS] = {
	[LP_ACCOUNT] = LP_PARAM_ACCOUNT,
	[LP_REGION] = LP_PARAM_REGION,
	[LP_PARTITION] = LP_PARAM_PARTITION,
};

static const char *wanted(const struct lp_params *params, enum lp_param p)
{
	switch (p) {
	case LP_ACCOUNT:
		return params->account;
	case LP_REGION:
		return params->region;
	case LP_PARTITION:
		return params->partition;
	default:
		return NULL;
	}
}

/* The parameter that `s` begins with. */
static enum lp_param param_at(const struct lp_params *params, struct lp_span s)
{
	for (enum lp_param p = LP_ACCOUNT; p < LP_PARAMS; p++)
		if (wanted(params, p) && lp_span_starts(s, lp_span_str(markers[p])))
			return p;
	return LP_NO_PARAM;
}

bool lp_next_part(const struct lp_params *params, struct lp_span *rest, struct lp_part *out)
{
	size_t n = 0;

	if (!rest->len)
		return false;
	if (!params->account && !params->region && !params->partition) {
		*out = (struct lp_part){.text = *rest};
		*rest = lp_span_from(*rest, rest->len);
		return true;
	}
	*out = (struct lp_part){.param = param_at(params, *rest)};
	if (out->param) {
		const char *how = wanted(params, out->param);

		if (how[0] == '$')
			out->text = lp_span_str(how);
		*rest = lp_span_from(*rest, strlen(markers[out->param]));
		return true;
	}
	do
		n++;
	while (n < rest->len && !param_at(params, lp_span_from(*rest, n)));
	out->text = lp_span_first(*rest, n);
	*rest = lp_span_from(*rest, n);
	return true;
}

bool lp_has_params(const struct lp_params *params, const char *s)
{
	struct lp_span rest = lp_span_str(s);
	struct lp_part part;

	while (lp_next_part(params, &rest, &part))
		if (part.param)
			return true;
	return false;
}

struct lp_span lp_param_text(const struct lp_part *part)
{
	static const char *const own[LP_PARAMS] = {
		[LP_ACCOUNT] = "${AWS::AccountId}",
		[LP_REGION] = "${AWS::Region}",
		[LP_PARTITION] = "${AWS::Partition}",
	};

	return part->text.len ? part->text : lp_span_str(own[part->param]);
}

void lp_put_sub(const struct lp_params *params, const char *s,
		void (*put)(FILE *out, struct lp_span part), FILE *out)
{
	struct lp_span rest = lp_span_str(s);
	struct lp_part part;

	while (lp_next_part(params, &rest, &part)) {
		struct lp_span text = part.text;

		if (part.param) {
			put(out, lp_param_text(&part));
			continue;
		}
		/* IAM's own "${*}" is written "${!*}". */
		while (text.len) {
			size_t n = lp_span_find(text, '{');

			n += n < text.len;
			put(out, lp_span_first(text, n));
			if (n > 1 && text.ptr[n - 1] == '{' && text.ptr[n - 2] == '$')
				putc('!', out);
			text = lp_span_from(text, n);
		}
	}
}
