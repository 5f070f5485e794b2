/* SPDX-License-Identifier: MIT */
#ifndef LPS_CLASSBYTES_H
#define LPS_CLASSBYTES_H

/* For the two files that write Java class files (JVMS chapter 4), highest byte first. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Stops at the first byte that there is no room for, and remembers. */
struct out {
	unsigned char *p;
	size_t at, cap;
	bool full;
};

static inline void put(struct out *o, const void *p, size_t n)
{
	if (o->full || n > o->cap - o->at) {
		o->full = true;
		return;
	}
	if (n)
		memcpy(o->p + o->at, p, n);
	o->at += n;
}

static inline void put1(struct out *o, size_t v)
{
	unsigned char b = (unsigned char)v;

	put(o, &b, 1);
}

static inline void put2(struct out *o, size_t v)
{
	put1(o, v >> 8);
	put1(o, v);
}

static inline void put4(struct out *o, size_t v)
{
	put2(o, v >> 16);
	put2(o, v);
}

/* A constant: CONSTANT_Utf8. */
static inline void put_utf8(struct out *o, const char *s)
{
	put1(o, 1);
	put2(o, strlen(s));
	put(o, s, strlen(s));
}

#endif
