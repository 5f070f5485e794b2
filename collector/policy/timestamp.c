/* SPDX-License-Identifier: MIT */
#include "timestamp.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S   1000000000ll
#define FIRST_YEAR 1970
#define LAST_YEAR  2261 /* the last that 64 bits of nanoseconds hold whole */

const char *lp_timestamp_write(int64_t ns, char buf[LP_TIMESTAMP_SIZE])
{
	time_t s = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (ns <= 0 || !gmtime_r(&s, &tm))
		return NULL;
	snprintf(buf, LP_TIMESTAMP_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(ns % NS_PER_S));
	return buf;
}

/* Days since 1970 of a date of the Gregorian calendar; years start in March, so that leap days end
 * them. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static int64_t days_in(int year, int month)
{
	return days_of(month < 12 ? year : year + 1, month % 12 + 1, 1) - days_of(year, month, 1);
}

/* A number of exactly `n` digits followed by `end`, both taken off; -1 when there is none. */
static int number(struct lp_span *s, size_t n, char end)
{
	int v = 0;

	if (s->len <= n || s->ptr[n] != end)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '9')
			return -1;
		v = v * 10 + (s->ptr[i] - '0');
	}
	*s = lp_span_from(*s, n + 1);
	return v;
}

/* The digits of a fraction up to the final 'Z' as nanoseconds; -1 when it is none. */
static int64_t fraction(struct lp_span s)
{
	int64_t v = 0, unit = NS_PER_S / 10;

	if (s.len < 2 || s.ptr[s.len - 1] != 'Z')
		return -1;
	for (size_t i = 0; i + 1 < s.len; i++, unit /= 10) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return -1;
		v += unit * (s.ptr[i] - '0');
	}
	return v;
}

int lp_timestamp_read(struct lp_span text, int64_t *ns)
{
	int year = number(&text, 4, '-'), month = number(&text, 2, '-');
	int day = number(&text, 2, 'T'), hour = number(&text, 2, ':');
	int minute = number(&text, 2, ':');
	bool whole = text.len == 3;
	int second = number(&text, 2, whole ? 'Z' : '.');
	int64_t part = whole ? 0 : fraction(text);

	if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
	    day > days_in(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 60 || part < 0)
		return -EBADMSG;
	*ns = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
	*ns = *ns * NS_PER_S + part;
	return 0;
}
