/* SPDX-License-Identifier: MIT */
#include "generated.h"

#include <stdbool.h>

#include "lp_compiler.h"

#define HEX_MIN	      8	 /* letters and digits of a hash; git abbreviates to no less than 7 */
#define CDK_HASH      8	 /* at the end of a logical id of CDK */
#define STACK_MIN     12 /* CloudFormation adds 12 or 13 characters to names */
#define STACK_MAX     14
#define TERRAFORM_LEN 26 /* name_prefix: 14 digits of time, 4 of its fraction, 8 of a counter */
#define DATE_LEN      8
#define TIME_LEN      14

/* What a recogniser found: so many bytes, to be written as so many `?`, or as one `*`. */
struct part {
	size_t len;
	bool fixed;
	enum lp_generated kind;
};

static size_t word_len(struct lp_span s)
{
	size_t n = 0;

	while (n < s.len && lp_ascii_alnum(s.ptr[n]))
		n++;
	return n;
}

static unsigned number(struct lp_span s, size_t at, size_t n)
{
	unsigned v = 0;

	for (size_t i = at; i < at + n; i++)
		v = v * 10 + (unsigned)(s.ptr[i] - '0');
	return v;
}

static bool is_date(unsigned year, unsigned month, unsigned day)
{
	return year >= 1990 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool is_clock(struct lp_span s, size_t at)
{
	return number(s, at, 2) < 24 && number(s, at + 2, 2) < 60 && number(s, at + 4, 2) < 61;
}

static bool is_compact_date(struct lp_span s)
{
	return lp_span_like(s, "00000000") &&
	       is_date(number(s, 0, 4), number(s, 4, 2), number(s, 6, 2));
}

/* 20260131, 20260131120000, 20260131T120000Z, and Terraform's suffix, which begins with a time. */
static size_t compact_time(struct lp_span s, size_t word)
{
	if (!is_compact_date(s))
		return 0;
	if (word == DATE_LEN)
		return word;
	if (lp_span_like(s, "00000000T000000") && is_clock(s, DATE_LEN + 1) &&
	    (word == TIME_LEN + 1 || (word == TIME_LEN + 2 && s.ptr[TIME_LEN + 1] == 'Z')))
		return word;
	if (!lp_span_like(s, "00000000000000") || !is_clock(s, DATE_LEN))
		return 0;
	if (word == TIME_LEN || word == TIME_LEN + 3)
		return word;
	return word == TERRAFORM_LEN && lp_span_like(s, "000000000000000000xxxxxxxx") ? word : 0;
}

/* 2026-01-31, with or without a time of day: 2026-01-31T12:00:00.123Z, 2026-01-31-12-00-00. */
static size_t dashed_time(struct lp_span s)
{
	size_t n = 10;

	if (!lp_span_like(s, "0000-00-00") ||
	    !is_date(number(s, 0, 4), number(s, 5, 2), number(s, 8, 2)))
		return 0;
	if (lp_span_like(lp_span_from(s, n), "T00:00:00") ||
	    lp_span_like(lp_span_from(s, n), "T00-00-00") ||
	    lp_span_like(lp_span_from(s, n), "-00-00-00") ||
	    lp_span_like(lp_span_from(s, n), "_00-00-00"))
		n += 9;
	if (n > 10 && lp_span_like(lp_span_from(s, n), ".000"))
		n += 1 + word_len(lp_span_from(s, n + 1));
	if (n < s.len && s.ptr[n] == 'Z')
		n++;
	return n;
}

static struct part time_at(struct lp_span s, size_t word)
{
	size_t n = dashed_time(s);

	if (!n)
		n = compact_time(s, word);
	/* Seconds since 1970 have had ten digits since 2001, milliseconds thirteen. */
	if (!n && s.ptr[0] == '1' &&
	    ((word == 10 && lp_span_like(s, "0000000000")) ||
	     (word == 13 && lp_span_like(s, "0000000000000"))))
		n = word;
	return (struct part){n, true, LP_GENERATED_TIME};
}

static struct part uuid_at(struct lp_span s, size_t word)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t n = sizeof(shape) - 1;

	(void)word;
	return (struct part){lp_span_like(s, shape) ? n : 0, true, LP_GENERATED_UUID};
}

struct mix {
	size_t digits, upper, lower;
	size_t turns; /* from letters to digits or back */
	bool hex;
};

static struct mix mix_of(struct lp_span s)
{
	struct mix m = {.hex = true};

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		m.digits += lp_ascii_digit(c);
		m.upper += c >= 'A' && c <= 'Z';
		m.lower += c >= 'a' && c <= 'z';
		m.hex = m.hex && lp_hex_digit(c) >= 0;
		m.turns += i > 0 && lp_ascii_digit(c) != lp_ascii_digit(s.ptr[i - 1]);
	}
	return m;
}

static bool one_case(const struct mix *m)
{
	return !m->upper || !m->lower;
}

static struct part hex_at(struct lp_span s, size_t word)
{
	struct mix m = mix_of(lp_span_first(s, word));
	bool is = word >= HEX_MIN && m.hex && one_case(&m) && m.digits >= 2 && m.digits < word;

	return (struct part){is ? word : 0, true, LP_GENERATED_HEX};
}

static struct part random_at(struct lp_span s, size_t word)
{
	struct mix m = mix_of(lp_span_first(s, word));
	bool stack = word >= STACK_MIN && word <= STACK_MAX && !m.upper && m.digits >= 2 &&
		     m.turns >= 2; /* CloudFormation's buckets, whose names are in small letters */
	bool random = m.digits >= 2 && m.digits < word &&
		      ((word >= HEX_MIN && m.turns >= 4) || (word >= STACK_MIN && m.turns >= 3));

	return (struct part){m.digits < word && (stack || random) ? word : 0, false,
			     LP_GENERATED_RANDOM};
}

/* What CloudFormation adds to names: its length is not always the same. */
static struct part stack_at(struct lp_span s, size_t word)
{
	struct mix m = mix_of(lp_span_first(s, word));
	bool is = word >= STACK_MIN && word <= STACK_MAX && m.upper && !m.lower && m.digits;

	return (struct part){is ? word : 0, false, LP_GENERATED_RANDOM};
}

/* Of "BucketF68F3FF0" the bytes before the hash; 0 when there is none. */
static size_t before_cdk_hash(struct lp_span s, size_t word)
{
	struct lp_span hash;
	struct mix m;

	if (word <= CDK_HASH)
		return 0;
	hash = lp_span_first(lp_span_from(s, word - CDK_HASH), CDK_HASH);
	m = mix_of(hash);
	return m.hex && !m.lower && m.upper && m.digits >= 2 &&
			       lp_ascii_alpha(s.ptr[word - CDK_HASH - 1]) &&
			       lp_ascii_lower(s.ptr[word - CDK_HASH - 1]) ==
				       s.ptr[word - CDK_HASH - 1]
		       ? word - CDK_HASH
		       : 0;
}

static struct part part_at(struct lp_span s, size_t word)
{
	static struct part (*const at[])(struct lp_span, size_t) = {
		uuid_at, time_at, stack_at, hex_at, random_at,
	};

	for (size_t i = 0; i < LP_ARRAY_LEN(at); i++) {
		struct part p = at[i](s, word);

		if (p.len && (p.len == s.len || !lp_ascii_alnum(s.ptr[p.len])))
			return p;
	}
	return (struct part){0};
}

struct writer {
	char *out;
	size_t size, n, literal;
	bool full;
};

static void put(struct writer *w, struct lp_span s)
{
	if (s.len >= w->size - w->n) {
		w->full = true;
		return;
	}
	if (s.len)
		memcpy(w->out + w->n, s.ptr, s.len);
	w->n += s.len;
	for (size_t i = 0; i < s.len; i++)
		w->literal += lp_ascii_alnum(s.ptr[i]);
}

static void put_part(struct writer *w, const struct part *p)
{
	for (size_t i = 0; i < (p->fixed ? p->len : 1); i++)
		put(w, p->fixed ? LP_SPAN("?") : LP_SPAN("*"));
}

/* Only words that may be looked at: nearly all names have none, and they come by the million. */
static bool may_be(struct lp_span s, size_t word)
{
	if (word < HEX_MIN)
		return word == 4 && lp_ascii_digit(s.ptr[0]); /* the year of a date */
	for (size_t i = 0; i < word; i++)
		if (lp_ascii_digit(s.ptr[i]))
			return true;
	return word == HEX_MIN; /* the first part of a UUID */
}

unsigned lp_generated_pattern(struct lp_span name, char *out, size_t size, size_t *literal)
{
	struct writer w = {.out = out, .size = size};
	unsigned kinds = 0;

	while (name.len && !w.full) {
		size_t word = word_len(name);
		bool look = word && may_be(name, word);
		size_t cdk = look ? before_cdk_hash(name, word) : 0;
		struct part p = {0};

		if (cdk) {
			put(&w, lp_span_first(name, cdk));
			name = lp_span_from(name, cdk);
			p = (struct part){CDK_HASH, true, LP_GENERATED_HEX};
		} else if (look) {
			p = part_at(name, word);
		}
		if (p.len) {
			put_part(&w, &p);
			kinds |= p.kind;
			name = lp_span_from(name, p.len);
		} else {
			put(&w, lp_span_first(name, word ? word : 1));
			name = lp_span_from(name, word ? word : 1);
		}
	}
	out[w.n] = '\0';
	*literal = w.literal;
	return w.full ? 0 : kinds;
}

const char *lp_generated_words(unsigned kinds)
{
	if (kinds & LP_GENERATED_UUID)
		return "a UUID";
	if (kinds & LP_GENERATED_TIME)
		return "a time";
	return kinds & LP_GENERATED_HEX ? "a hash or an id" : "a random suffix";
}
