/* SPDX-License-Identifier: MIT */
#ifndef LP_HASH_H
#define LP_HASH_H

/*
 * FNV-1a. The tables of model/ are placed with it at build time and looked up with it, so a change
 * here needs no other change. Seeded chains ("continue from h") hash several strings as one key.
 * Whoever knows the seed can make keys that meet: tables of keys that others choose need a secret.
 */

#include <stddef.h>
#include <stdint.h>

#define LP_HASH_SEED 0xcbf29ce484222325ull

static inline uint64_t lp_hash_more(uint64_t h, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3ull;
	return h;
}

/* The low bits of FNV-1a depend on few input bits; fold the high ones in before masking. */
static inline uint32_t lp_hash_end(uint64_t h)
{
	return (uint32_t)(h ^ (h >> 29) ^ (h >> 47));
}

static inline uint32_t lp_hash(const char *s, size_t len)
{
	return lp_hash_end(lp_hash_more(LP_HASH_SEED, s, len));
}

#endif
