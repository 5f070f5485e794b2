/* SPDX-License-Identifier: MIT */
#include "authorize.h"

/*
 * Ids issued since 2019 carry their account in the characters after the four-letter prefix: five
 * bits each (base32), of whose first 48 bits the top one is aside and the next 40 are the account
 * (shared iam-facts section 0; checked there against ids of known accounts).
 */
bool lp_account_of_key(struct lp_span id, char account[13])
{
	uint64_t n = 0;

	/* "AKIA", "ASIA" and their like, then at least twelve characters; I and J mark older ids.
	 */
	if (id.len < 16 || id.len > 128 || id.ptr[0] != 'A' || id.ptr[4] == 'I' || id.ptr[4] == 'J')
		return false;
	for (size_t i = 4; i < id.len; i++) {
		char c = id.ptr[i];
		unsigned v;

		if (c >= 'A' && c <= 'Z')
			v = (unsigned)(c - 'A');
		else if (c >= '2' && c <= '7')
			v = (unsigned)(c - '2') + 26;
		else
			return false;
		if (i < 4 + 10)
			n = n << 5 | v;
	}
	/* Ten characters are 50 bits; six bytes are the first 48 of them. */
	n = (n >> 2 & 0x7fffffffff80) >> 7;
	for (int i = 11; i >= 0; i--, n /= 10)
		account[i] = (char)('0' + n % 10);
	account[12] = '\0';
	return n == 0;
}
