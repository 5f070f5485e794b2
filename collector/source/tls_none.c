/* SPDX-License-Identifier: MIT */
/* In the place of tls.c where there is no libcrypto. */
#include <errno.h>
#include <stdio.h>

#include "tls.h"

int lp_keys_new(struct lp_keys **out)
{
	*out = NULL;
	return 0;
}

int lp_keys_load(struct lp_keys *k, const char *path, char *why, size_t why_size)
{
	(void)k;
	(void)path;
	snprintf(why, why_size, "this leastpriv was built without OpenSSL's libcrypto");
	return -ENOTSUP;
}

int lp_keys_read(struct lp_keys *k, struct lp_span text)
{
	(void)k;
	(void)text;
	return -ENOTSUP;
}

const struct lp_decrypt *lp_keys_decrypt(struct lp_keys *k)
{
	(void)k;
	return NULL;
}

void lp_keys_free(struct lp_keys *k)
{
	(void)k;
}
