/* SPDX-License-Identifier: MIT */
#include "aead_table.h"

#include "elf_file.h"

#define TAG	      16
#define HEAD_BORING   8	 /* sizes; a flag */
#define HEAD_AWS_LC   16 /* sizes; a number and the flag */
#define LARGEST_FLAG  1
#define LARGEST_IDENT 255

bool lp_aead_table_read(struct lp_aead_table *t, const void *p, uint64_t va)
{
	const unsigned char *b = p, *slot;

	/* Key, nonce, what the sealed text is longer, tag. */
	if ((b[0] != 16 && b[0] != 32) || b[1] != LP_AEAD_NONCE || b[2] != TAG || b[3] != TAG)
		return false;
	/* Where one has its flag, the other has its first function. */
	t->slots = lp_get64(b + HEAD_BORING) <= LARGEST_FLAG ? HEAD_AWS_LC : HEAD_BORING;
	if (lp_get32(b + 4) > (t->slots == HEAD_AWS_LC ? LARGEST_IDENT : LARGEST_FLAG))
		return false;
	slot = b + t->slots;
	if (lp_get64(slot + 8) || lp_get64(slot + 24))
		return false; /* these have no use for a direction, and open by open_gather */
	t->va = va;
	t->init_va = lp_get64(slot + 8u * LP_AEAD_INIT);
	t->cleanup_va = lp_get64(slot + 8u * LP_AEAD_CLEANUP);
	t->seal_va = lp_get64(slot + 8u * LP_AEAD_SEAL);
	t->open_va = lp_get64(slot + 8u * LP_AEAD_OPEN);
	return t->init_va && t->cleanup_va && t->seal_va && t->open_va && t->seal_va != t->open_va;
}
